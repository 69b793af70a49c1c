import type { Phrases } from '../translate-page.ts';

/** Problems with the client and the connector at Dex. */
export const dexClientPhrases: Phrases = {
  'Dex answers 401 `invalid_client`, "Invalid client credentials."':
    'Dex отвечает 401 `invalid_client`, «Invalid client credentials.»',
  'the secret is still base64-encoded, as in the data of a Kubernetes Secret':
    'секрет всё ещё закодирован в base64, как в data секрета Kubernetes',
  'compare it with .data.clientSecret of the Secret, which is encoded':
    'сравните его с .data.clientSecret секрета: там он закодирован',
  "store the decoded secret instead, which `d8 k -n NAMESPACE get secret dex-client-NAME -o jsonpath='{.data.clientSecret}' | base64 -d` prints":
    "сохраните вместо него декодированный секрет; его выводит `d8 k -n NAMESPACE get secret dex-client-NAME -o jsonpath='{.data.clientSecret}' | base64 -d`",
  'the client id does not have the form of a DexClient':
    'ID клиента не соответствует формату DexClient',
  '`d8 k get dexclient -A` lists the DexClients': '`d8 k get dexclient -A` перечисляет DexClient',
  'Dex logs nothing for an unknown client': 'о неизвестном клиенте Dex ничего не пишет',
  'for DexClient NAME in namespace NAMESPACE, set --client-id to dex-client-NAME@NAMESPACE':
    'для DexClient NAME в пространстве имён NAMESPACE укажите --client-id dex-client-NAME@NAMESPACE',
  'the client secret is wrong or outdated: a DexClient that is recreated gets a new one':
    'секрет клиента неверен или устарел: у пересозданного DexClient новый секрет',
  'it differs from clientSecret in the Secret of the DexClient':
    'он отличается от clientSecret в секрете DexClient',
  "store the current secret in the CI variable or file; a cluster administrator sees it with `d8 k -n NAMESPACE get secret dex-client-NAME -o jsonpath='{.data.clientSecret}' | base64 -d`":
    "сохраните актуальный секрет в переменной CI или в файле; администратор кластера увидит его командой `d8 k -n NAMESPACE get secret dex-client-NAME -o jsonpath='{.data.clientSecret}' | base64 -d`",
  'this Dex has no DexClient NAME in namespace NAMESPACE':
    'в этом Dex нет DexClient NAME из пространства имён NAMESPACE',
  '`d8 k -n NAMESPACE get dexclient NAME` does not find it':
    '`d8 k -n NAMESPACE get dexclient NAME` его не находит',
  'correct --client-id, or --dex-url if it names the Dex of another cluster; a cluster administrator sees the names with `d8 k get dexclient -A`':
    'исправьте --client-id или, если --dex-url указывает на Dex другого кластера, --dex-url; имена администратор кластера увидит командой `d8 k get dexclient -A`',
  'with the same client and secret, `curl -u` and `d8 login token-exchange` get 401 `invalid_client`: they send the secret unencoded, but Dex form-decodes it (RFC 6749, section 2.3.1)':
    'с тем же клиентом и тем же секретом `curl -u` и `d8 login token-exchange` получают 401 `invalid_client`: они отправляют секрет незакодированным, а Dex декодирует его как данные формы (RFC 6749, раздел 2.3.1)',
  'other programs do not form-encode the secret':
    'другие программы не кодируют секрет как данные формы',
  'the curl command in step exchange works, but curl -u with the same secret does not':
    'команда curl из шага exchange работает, а curl -u с тем же секретом — нет',
  'change nothing for dexchange; with curl, send client_id and client_secret with --data-urlencode':
    'для dexchange ничего менять не нужно; в curl передавайте client_id и client_secret через --data-urlencode',
  'Dex answers 400 `invalid_request`, "client_id improperly encoded"':
    'Dex отвечает 400 `invalid_request`, «client_id improperly encoded»',
  'a proxy or ingress rewrites the Authorization header':
    'прокси или Ingress меняет заголовок Authorization',
  'run the exchange in a pod of the cluster, without proxy and ingress':
    'выполните обмен в поде кластера, без прокси и Ingress',
  'configure the proxy or ingress to forward Authorization unchanged':
    'настройте прокси или Ingress так, чтобы заголовок Authorization передавался без изменений',
  'Dex answers 400 `unsupported_grant_type` to every client':
    'Dex отвечает 400 `unsupported_grant_type` любому клиенту',
  'the grant type for token exchange is not enabled in Dex':
    'тип гранта для обмена токена в Dex не включён',
  '`curl -q -sS https://dex.example.com/.well-known/openid-configuration | jq .grant_types_supported` does not list it':
    '`curl -q -sS https://dex.example.com/.well-known/openid-configuration | jq .grant_types_supported` его не показывает',
  'add urn:ietf:params:oauth:grant-type:token-exchange to oauth2.grantTypes of Dex':
    'добавьте urn:ietf:params:oauth:grant-type:token-exchange в oauth2.grantTypes Dex',
  'Dex is older than 2.37': 'версия Dex ниже 2.37',
  '`dex version` in its pod shows the version': '`dex version` в его поде показывает версию',
  'upgrade Deckhouse': 'обновите Deckhouse',
  'Dex answers 400 `request_not_supported`, "Invalid subject_token_type." or "Invalid requested_token_type."; it does not support `jwt`':
    'Dex отвечает 400 `request_not_supported`, «Invalid subject_token_type.» или «Invalid requested_token_type.»; `jwt` он не поддерживает',
  'Dex only supports id_token and access_token': 'Dex поддерживает только id_token и access_token',
  'see subject-token-type and requested-token-type in step settings':
    'посмотрите subject-token-type и requested-token-type на шаге settings',
  'Dex answers 400 `invalid_request`, "Missing subject_token"':
    'Dex отвечает 400 `invalid_request`, «Missing subject_token»',
  'the variable with the token is empty, or a proxy removed the body of the request':
    'переменная с токеном пуста, или прокси удалил тело запроса',
  'see the length of the token in step subject-token':
    'посмотрите длину токена на шаге subject-token',
  'set the variable, or try without the proxy': 'задайте переменную или попробуйте без прокси',
  'Dex answers 400 `invalid_request`, "Requested connector does not exist."':
    'Dex отвечает 400 `invalid_request`, «Requested connector does not exist.»',
  'there is no DexProvider CONNECTOR': 'DexProvider CONNECTOR не существует',
  '`d8 k get dexprovider` does not list it': '`d8 k get dexprovider` его не показывает',
  'set --connector-id to the name of a DexProvider, not its displayName; a cluster administrator sees the names with `d8 k get dexprovider`':
    'укажите в --connector-id имя DexProvider, а не его displayName; имена администратор кластера увидит командой `d8 k get dexprovider`',
  'the type of DexProvider CONNECTOR does not support token exchange; only OIDC does':
    'тип DexProvider CONNECTOR не поддерживает обмен токена; его поддерживает только OIDC',
  "`d8 k get dexprovider CONNECTOR -o jsonpath='{.spec.type}'` does not print OIDC":
    "`d8 k get dexprovider CONNECTOR -o jsonpath='{.spec.type}'` выводит не OIDC",
  'create a DexProvider of type OIDC with the issuer of the IdP (GitLab and GitHub have one)':
    'создайте DexProvider типа OIDC с издателем вашего IdP (у GitLab и GitHub он есть)',
  'Dex cannot reach the IdP of DexProvider CONNECTOR, or does not trust its certificate':
    'Dex не может подключиться к IdP из DexProvider CONNECTOR или не доверяет его сертификату',
  "`d8 k get dexprovider CONNECTOR -o jsonpath='{.spec.oidc.issuer}'` prints a URL that curl cannot reach in a pod of d8-user-authn":
    "`d8 k get dexprovider CONNECTOR -o jsonpath='{.spec.oidc.issuer}'` выводит URL, до которого curl не достучаться из пода в d8-user-authn",
  'allow connections from the cluster to the IdP, and set spec.oidc.rootCAData of the DexProvider to its CA':
    'разрешите соединения из кластера к IdP и укажите CA этого IdP в spec.oidc.rootCAData DexProvider',
  'a Dex newer than 2.45.1 answers 400 `invalid_grant`, "Connector not allowed for this client.", or 400 `invalid_request`, "Requested connector does not support this grant type."':
    'Dex новее 2.45.1 отвечает 400 `invalid_grant`, «Connector not allowed for this client.» или 400 `invalid_request`, «Requested connector does not support this grant type.»',
  'the configuration of Dex does not allow this client to use this connector, or this connector to exchange tokens':
    'конфигурация Dex не разрешает этому клиенту использовать этот коннектор или этому коннектору — обменивать токены',
  "see the client's allowed connectors and the connector's grant types in the configuration of Dex":
    'посмотрите в конфигурации Dex разрешённые коннекторы клиента и типы грантов коннектора',
  'Dex responds with an error that dexchange does not know':
    'Dex отвечает ошибкой, которую dexchange не знает',
  'this Dex is newer than dexchange, or another server responds instead of Dex':
    'этот Dex новее, чем dexchange, или вместо Dex отвечает другой сервер',
  'see the log of Dex at the time of the call': 'посмотрите лог Dex за время вызова',
  'follow the error of Dex, or upgrade dexchange':
    'действуйте по тексту ошибки Dex или обновите dexchange',
};
