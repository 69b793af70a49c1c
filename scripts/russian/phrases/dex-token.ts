import type { Phrases } from '../translate-page.ts';

/** Problems with the subject token, the audience and the token that Dex issues. */
export const dexTokenPhrases: Phrases = {
  'Dex answers 401 `access_denied` without a description to every invalid subject token; only the log of Dex contains the reason':
    'на любой недействительный исходный токен Dex отвечает 401 `access_denied` без описания; причина есть только в логе Dex',
  'the identity token has expired': 'срок действия ID-токена истёк',
  'see exp in step subject-token; Dex compares it with its own clock, without leeway':
    'посмотрите exp на шаге subject-token; Dex сравнивает его со своими часами, без допуска',
  'get a new token. GitLab issues one token per job, so exchange it early in the job; with other systems, let dexchange request the token (--identity) instead of passing a stored one':
    'получите новый токен. GitLab выдаёт один токен на задание, поэтому обменивайте его в начале задания; в других системах пусть dexchange сам запросит токен (--identity), вместо того чтобы передавать сохранённый',
  'the token was issued hours ago: it is stored, and not the token of this job':
    'токен выдан несколько часов назад: он сохранён где-то и не относится к этому заданию',
  'compare iat in step subject-token with the start of the job':
    'сравните iat на шаге subject-token с временем запуска задания',
  'use the token of the job itself (GitLab: id_tokens:) instead of one in a variable, file or artifact':
    'используйте токен самого задания (GitLab: id_tokens:), а не токен из переменной, файла или артефакта',
  'the identity token is not yet valid: the clock of the IdP is ahead of the clock of Dex':
    'ID-токен ещё не действует: часы IdP спешат относительно часов Dex',
  'see nbf in step subject-token; Dex compares it with its own clock and allows five minutes':
    'посмотрите nbf на шаге subject-token; Dex сравнивает его со своими часами с допуском в пять минут',
  'synchronize the clocks of IdP and cluster with NTP':
    'синхронизируйте часы IdP и кластера по NTP',
  'the token is sent as id_token, but is not a JWT': 'токен отправлен как id_token, но это не JWT',
  '`dexchange decode` rejects it too; it may be an opaque access token, a code or a key':
    '`dexchange decode` тоже его отклоняет; возможно, это непрозрачный (opaque) access_token, код или ключ',
  "send an id_token, or, for an access token of the connector's IdP, set --subject-token-type access_token":
    'передайте id_token, а для access_token от IdP коннектора укажите --subject-token-type access_token',
  'the token is an id_token, but is sent as access_token':
    'это id_token, но отправлен он как access_token',
  'step subject-token shows typ: ID or the claims of a CI system; GitHub and GitLab CI issue id_tokens only, and their issuers provide no userinfo for them':
    'шаг subject-token показывает typ: ID или claims CI-системы; GitHub и GitLab CI выдают только id_token, и userinfo для них у этих издателей нет',
  'Dex: "failed to verify subject token", err="oidc: getUserInfo is required for access token exchange" or "oidc: error loading userinfo: …"':
    'Dex: "failed to verify subject token", err="oidc: getUserInfo is required for access token exchange" или "oidc: error loading userinfo: …"',
  'remove --subject-token-type, or set it to id_token':
    'уберите --subject-token-type или укажите в нём id_token',
  'the token is not signed by any key that its issuer publishes':
    'токен не подписан ни одним из ключей, которые публикует его издатель',
  'dexchange fetched the keys of ISSUER for this report, and none of them verifies the token':
    'для этого отчёта dexchange получил ключи ISSUER, и ни один из них не подходит к токену',
  'get a new token from the current installation of the issuer: it has changed its keys, or the token was modified':
    'получите новый токен от действующей установки издателя: он сменил ключи, или токен изменён',
  'the access token was requested without the scope openid, so userinfo rejects it':
    'access_token запрошен без scope openid, поэтому userinfo его отклоняет',
  "scope in step subject-token does not contain openid (Keycloak's userinfo answers 403)":
    'в scope на шаге subject-token нет openid (userinfo в Keycloak отвечает 403)',
  'set --idp-scope openid, or add scope=openid to the token request':
    'укажите --idp-scope openid или добавьте scope=openid в запрос токена',
  'the token is an access token, but is sent as id_token':
    'это access_token, но отправлен он как id_token',
  'step subject-token shows typ: Bearer, at+jwt or a scope claim':
    'шаг subject-token показывает typ: Bearer, at+jwt или claim scope',
  'Dex: "failed to verify subject token", err="oidc: failed to verify token: …" or "missing …"':
    'Dex: "failed to verify subject token", err="oidc: failed to verify token: …" или "missing …"',
  'set --subject-token-type access_token, and getUserInfo: true on the DexProvider':
    'укажите --subject-token-type access_token, а в DexProvider — getUserInfo: true',
  'the token has no claim that the connector uses as email':
    'в токене нет claim, из которого коннектор берёт email',
  "compare the claims in step subject-token with `d8 k get dexprovider CONNECTOR -o jsonpath='{.spec.oidc.claimMapping}'`":
    "сравните claims на шаге subject-token с выводом `d8 k get dexprovider CONNECTOR -o jsonpath='{.spec.oidc.claimMapping}'`",
  'Dex: "failed to verify subject token", err="missing email claim, not found \\"…\\" key" or "missing \\"email_verified\\" claim"':
    'Dex: "failed to verify subject token", err="missing email claim, not found \\"…\\" key" или "missing \\"email_verified\\" claim"',
  'set claimMapping.email of the DexProvider to a claim that the token has, such as user_email for GitLab or sub for GitHub; in Keycloak, give the user of the service account a verified email address, and the client the scope email':
    'укажите в claimMapping.email DexProvider claim, который есть в токене, например user_email для GitLab или sub для GitHub; в Keycloak задайте пользователю сервисного аккаунта подтверждённый email, а клиенту — scope email',
  'the token has no claim that the connector uses as user name (userNameKey; default: name)':
    'в токене нет claim, из которого коннектор берёт имя пользователя (userNameKey; по умолчанию name)',
  "compare the claims in step subject-token with `d8 k get dexprovider CONNECTOR -o jsonpath='{.spec.oidc.userNameKey}'`":
    "сравните claims на шаге subject-token с выводом `d8 k get dexprovider CONNECTOR -o jsonpath='{.spec.oidc.userNameKey}'`",
  'set userNameKey of the DexProvider to a claim that the token has, such as user_login for GitLab, sub for GitHub, or preferred_username for Keycloak':
    'укажите в userNameKey DexProvider claim, который есть в токене, например user_login для GitLab, sub для GitHub или preferred_username для Keycloak',
  'the connector has getUserInfo: true, and userinfo rejects an id_token':
    'у коннектора задан getUserInfo: true, а userinfo отклоняет id_token',
  "`d8 k get dexprovider CONNECTOR -o jsonpath='{.spec.oidc.getUserInfo}'` prints true":
    "`d8 k get dexprovider CONNECTOR -o jsonpath='{.spec.oidc.getUserInfo}'` выводит true",
  'send the access token with --subject-token-type access_token, or create another DexProvider without getUserInfo':
    'передавайте access_token с --subject-token-type access_token или создайте другой DexProvider без getUserInfo',
  'the connector does not use userinfo, which an access_token requires':
    'коннектор не использует userinfo, а для access_token это необходимо',
  "`d8 k get dexprovider CONNECTOR -o jsonpath='{.spec.oidc.getUserInfo}'` does not print true":
    "`d8 k get dexprovider CONNECTOR -o jsonpath='{.spec.oidc.getUserInfo}'` выводит не true",
  'set spec.oidc.getUserInfo: true on the DexProvider':
    'задайте в DexProvider spec.oidc.getUserInfo: true',
  "the IdP's userinfo rejects tokens of client credentials, which belong to no user (Okta, Auth0)":
    'userinfo этого IdP отклоняет токены client credentials, так как за ними нет пользователя (Okta, Auth0)',
  'the userinfo_endpoint of ISSUER answers 401 or 403 to the token':
    'userinfo_endpoint ISSUER отвечает на этот токен 401 или 403',
  'Dex: "failed to verify subject token", err="oidc: error loading userinfo: 401 Unauthorized: …" or "403 Forbidden: …"':
    'Dex: "failed to verify subject token", err="oidc: error loading userinfo: 401 Unauthorized: …" или "403 Forbidden: …"',
  'use an id_token of the CI system, or one of the IdP with a DexProvider without getUserInfo':
    'используйте id_token CI-системы или id_token от IdP вместе с DexProvider без getUserInfo',
  'connector CONNECTOR only allows groups that this token does not have':
    'коннектор CONNECTOR допускает только группы, которых в этом токене нет',
  "`d8 k get dexprovider CONNECTOR -o jsonpath='{.spec.oidc.allowedGroups}'` lists them":
    "`d8 k get dexprovider CONNECTOR -o jsonpath='{.spec.oidc.allowedGroups}'` перечисляет их",
  'ask a cluster administrator to add a group that only your project has to allowedGroups of the DexProvider; removing allowedGroups is safe only for an issuer whose projects may all use the cluster, never for gitlab.com or GitHub':
    'попросите администратора кластера добавить в allowedGroups DexProvider группу, которая есть только у вашего проекта; убрать allowedGroups безопасно, только если кластером можно пользоваться всем проектам издателя, — но никогда для gitlab.com и GitHub',
  'the connector does not map a claim of the token to email':
    'коннектор не сопоставляет полю email ни один claim токена',
  "`d8 k get dexprovider CONNECTOR -o jsonpath='{.spec.oidc.claimMapping}'` does not name a claim in step subject-token":
    "`d8 k get dexprovider CONNECTOR -o jsonpath='{.spec.oidc.claimMapping}'` не называет ни одного claim с шага subject-token",
  'set claimMapping.email of the DexProvider to a claim of the token: user_email for GitLab, sub for GitHub and Forgejo':
    'укажите в claimMapping.email DexProvider claim токена: user_email для GitLab, sub для GitHub и Forgejo',
  "connector CONNECTOR is for another issuer than the token's":
    'коннектор CONNECTOR настроен на другого издателя, чем у токена',
  "`d8 k get dexprovider CONNECTOR -o jsonpath='{.spec.oidc.issuer}'` must print exactly ISSUER (http or https, a slash at the end, the realm)":
    "`d8 k get dexprovider CONNECTOR -o jsonpath='{.spec.oidc.issuer}'` должен вывести в точности ISSUER (http или https, слеш в конце, realm)",
  'Dex: "failed to verify subject token", err="oidc: failed to verify token: failed to verify signature: …" (the signature is checked before the issuer) or "oidc: id token issued by a different provider, expected … got …"':
    'Dex: "failed to verify subject token", err="oidc: failed to verify token: failed to verify signature: …" (подпись проверяется раньше издателя) или "oidc: id token issued by a different provider, expected … got …"',
  'set --connector-id to the connector for ISSUER, or correct spec.oidc.issuer of the DexProvider':
    'укажите в --connector-id коннектор для ISSUER или исправьте spec.oidc.issuer DexProvider',
  'the token is signed by a key that its issuer does not publish':
    'токен подписан ключом, которого его издатель не публикует',
  'dexchange could not fetch the keys of ISSUER from this machine; try it in the cluster':
    'dexchange не смог получить ключи ISSUER с этой машины; попробуйте из кластера',
  'get a new token': 'получите новый токен',
  'Dex answers 500 `server_error` without a description':
    'Dex отвечает 500 `server_error` без описания',
  'Dex has no client kubernetes, or that client does not trust this one':
    'в Dex нет клиента kubernetes, или он не доверяет вашему клиенту',
  'see audience and scope in step settings; the audience is usually kubernetes':
    'посмотрите audience и scope на шаге settings; обычно audience — это kubernetes',
  'remove --audience, or set it to kubernetes': 'уберите --audience или укажите в нём kubernetes',
  'the DexClient lacks the annotation that allows access to Kubernetes':
    'на DexClient нет аннотации, которая разрешает доступ к Kubernetes',
  "`d8 k -n NAMESPACE get dexclient NAME -o jsonpath='{.metadata.annotations}'` does not show it":
    "`d8 k -n NAMESPACE get dexclient NAME -o jsonpath='{.metadata.annotations}'` её не показывает",
  'ask a cluster administrator to run `d8 k -n NAMESPACE annotate --overwrite dexclient NAME dexclient.deckhouse.io/allow-access-to-kubernetes=true`':
    'попросите администратора кластера выполнить `d8 k -n NAMESPACE annotate --overwrite dexclient NAME dexclient.deckhouse.io/allow-access-to-kubernetes=true`',
  'the annotation was rejected, because it requires the permission to update ModuleConfig user-authn, or a GitOps tool has removed it':
    'аннотация отклонена, так как для неё нужно право изменять ModuleConfig user-authn, или её удалил инструмент GitOps',
  'the exchange worked before, or the apply was denied; see managedFields of the DexClient and the last sync':
    'раньше обмен работал, или в apply было отказано; посмотрите managedFields DexClient и последнюю синхронизацию',
  'ask someone who can update ModuleConfig user-authn to apply it, and let GitOps update the object instead of replacing it':
    'попросите применить её того, кому разрешено изменять ModuleConfig user-authn, и настройте GitOps так, чтобы объект обновлялся, а не заменялся',
  'Dex has a problem with its storage or its signing keys':
    'у Dex проблема с хранилищем или ключами подписи',
  'other clients of this Dex fail too, including logins in a browser':
    'у других клиентов этого Dex тоже ошибки, в том числе при входе через браузер',
  'Dex: "token exchange failed to create new token", err= with another reason than "does not trust client"':
    'Dex: "token exchange failed to create new token", err= с другой причиной, а не "does not trust client"',
  'check the Dex pods in d8-user-authn, and the API server that they use as storage':
    'проверьте поды Dex в d8-user-authn и API-сервер, который служит им хранилищем',
  'Dex answers 200, but the API server would not accept the token':
    'Dex отвечает 200, но API-сервер не принял бы этот токен',
  'the server is not Dex, or a proxy changes its responses':
    'это не Dex, или прокси меняет его ответы',
  '`curl -q -sS https://dex.example.com/.well-known/openid-configuration | jq .issuer` does not print the URL of Dex':
    '`curl -q -sS https://dex.example.com/.well-known/openid-configuration | jq .issuer` выводит не URL Dex',
  'set --dex-url to the issuer URL of Dex, https://HOST/; a cluster administrator sees the host with `d8 k -n d8-user-authn get ingress dex`, or with `d8 k -n d8-user-authn get httproute dex` if the cluster uses the Gateway API':
    'укажите в --dex-url URL издателя Dex, https://HOST/; хост администратор кластера увидит командой `d8 k -n d8-user-authn get ingress dex`, а в кластере с Gateway API — `d8 k -n d8-user-authn get httproute dex`',
  'Dex ignored the audience scope, as it ignores every scope that it does not know':
    'Dex проигнорировал scope с audience, как и любой scope, которого он не знает',
  'see scope in the curl command of step exchange':
    'посмотрите scope в команде curl на шаге exchange',
  "the lifetime of Dex's tokens is zero, or the clock of Dex has jumped":
    'срок действия токенов Dex равен нулю, или часы Dex резко перевели',
  'see exp and iat in step dex-token': 'посмотрите exp и iat на шаге dex-token',
  'raise expiry.idTokens of Dex (Deckhouse: idTokenTTL of user-authn), and synchronize the clock of its node with NTP':
    'увеличьте expiry.idTokens в Dex (в Deckhouse — idTokenTTL модуля user-authn) и синхронизируйте часы его узла по NTP',
  'the exchange succeeds, but kubectl reports Unauthorized':
    'обмен проходит, но kubectl сообщает Unauthorized',
  'the token lacks a claim or audience that kube-apiserver requires in Deckhouse':
    'в токене нет claim или audience, которых kube-apiserver требует в Deckhouse',
  'with --server or --kubeconfig, --explain asks the API server':
    'с --server или --kubeconfig команда --explain спрашивает API-сервер',
  'correct --scope, --audience or the claimMapping of the DexProvider; set --server URL to have the API server asked':
    'исправьте --scope, --audience или claimMapping DexProvider; чтобы был запрошен API-сервер, укажите --server URL',
  'iss of the token differs from --dex-url by more than a slash at the end':
    'iss токена отличается от --dex-url не только слешем в конце',
  '--dex-url is an internal address of Dex, which is harmless':
    '--dex-url — внутренний адрес Dex, и это допустимо',
  'compare iss with the issuer in kube-apiserver: they must be equal, including the slash':
    'сравните iss с издателем в kube-apiserver: они должны совпадать, включая слеш',
  'none is needed, unless the API server answers 401: then use the Dex of that cluster':
    'не требуется; но если API-сервер отвечает 401, используйте Dex этого кластера',
};
