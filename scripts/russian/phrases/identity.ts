import type { Phrases } from '../translate-page.ts';

/** Problems with the identity token and its IdP. */
export const identityPhrases: Phrases = {
  'exit code 3; dexchange sent no request to Dex':
    'код завершения 3; dexchange не отправил в Dex ни одного запроса',
  'the CI job does not request an identity token, or stores it under another name':
    'задание CI не запрашивает ID-токен или хранит его под другим именем',
  'step identity lists all sources and what each of them needs':
    'шаг identity перечисляет все источники и то, что нужно каждому из них',
  'the environment has tokens of two CI systems, and dexchange does not guess':
    'в окружении есть токены двух CI-систем, а dexchange не гадает',
  'step identity names both': 'на шаге identity названы обе',
  'the variable or file that should contain the token of the job is not set, or is empty':
    'переменная или файл, где должен быть токен задания, не заданы или пусты',
  'step identity names it; `dexchange decode --token-env VARIABLE` does not find it either':
    'источник назван на шаге identity; `dexchange decode --token-env VARIABLE` тоже его не находит',
  'see exp in step subject-token, and `date -u`':
    'сравните exp на шаге subject-token с выводом `date -u`',
  'the token was requested for another audience than --audience':
    'токен запрошен для другой audience, а не для указанной в --audience',
  'see aud in step subject-token': 'посмотрите aud на шаге subject-token',
  'the token cannot be a credential: kube-apiserver needs a signed JWT that expires':
    'токен не может служить учётными данными: kube-apiserver нужен подписанный JWT с ограниченным сроком действия',
  '`dexchange decode --token-env VARIABLE` or `dexchange decode FILE` shows what it is':
    '`dexchange decode --token-env VARIABLE` или `dexchange decode FILE` показывает, что это',
  'the configured token is JSON, text around a token, or otherwise not a token':
    'вместо токена задан JSON, текст с токеном внутри или что-то другое',
  '`dexchange decode --token-env VARIABLE` or `dexchange decode FILE` rejects it too':
    '`dexchange decode --token-env VARIABLE` или `dexchange decode FILE` тоже его отклоняет',
  'run the command or read the file by hand, as the same user and in the same folder as the job':
    'выполните команду или прочитайте файл вручную, от имени того же пользователя и в том же каталоге, что и задание',
  'the CI system answers 4xx to the token request; dexchange sent no request to Dex':
    'CI-система отвечает на запрос токена кодом 4xx; dexchange не отправил в Dex ни одного запроса',
  'the job is not allowed to request identity tokens, or its own credential has expired':
    'заданию не разрешено запрашивать ID-токены, или срок действия его собственных учётных данных истёк',
  'see the request in step identity, and the permissions of the job':
    'посмотрите запрос на шаге identity и права задания',
  "the IdP's token endpoint answers 401; dexchange sent no request to Dex":
    'эндпоинт токенов IdP отвечает 401; dexchange не отправил в Dex ни одного запроса',
  'the secret or key of --idp-client-id is wrong (Keycloak: 401 unauthorized_client)':
    'неверен секрет или ключ для --idp-client-id (Keycloak: 401 unauthorized_client)',
  "compare it with the client's Credentials in the IdP; check for base64 encoding and stray quotes":
    'сравните его со значением на вкладке Credentials клиента в IdP; проверьте, нет ли кодирования base64 и лишних кавычек',
  'set --idp-client-secret-file (or its variable or command) to the current secret':
    'задайте в --idp-client-secret-file (или через переменную либо команду) актуальный секрет',
  'the IdP has no such client, or the client is disabled (Keycloak: 401 invalid_client)':
    'такого клиента в IdP нет, или он отключён (Keycloak: 401 invalid_client)',
  'look for the client in the realm of the issuer': 'найдите клиента в realm издателя',
  'correct --idp-client-id, or the realm in --idp-issuer-url':
    'исправьте --idp-client-id или realm в --idp-issuer-url',
  'the IdP expects another authentication method for this client':
    'IdP ожидает от этого клиента другой способ аутентификации',
  'see Client Authenticator in the IdP: client secret in a header or in the body, or signed JWT':
    'посмотрите Client Authenticator в IdP: секрет клиента в заголовке или в теле запроса либо подписанный JWT',
  'set --idp-auth-method to client_secret_basic, client_secret_post or private_key_jwt':
    'укажите в --idp-auth-method значение client_secret_basic, client_secret_post или private_key_jwt',
  "the IdP's token endpoint answers with an error, or its discovery document is invalid":
    'эндпоинт токенов IdP отвечает ошибкой, или неверен его discovery-документ',
  'the client is not allowed to use client credentials or these scopes':
    'клиенту не разрешены client credentials или эти scope',
  'in Keycloak, see Service accounts roles and Client scopes of the client':
    'в Keycloak посмотрите Service accounts roles и Client scopes клиента',
  '--idp-issuer-url differs from the issuer that the IdP uses':
    '--idp-issuer-url отличается от издателя, которого указывает IdP',
  '`curl -q -sS ISSUER/.well-known/openid-configuration` prints another issuer':
    '`curl -q -sS ISSUER/.well-known/openid-configuration` выводит другого издателя',
};
