import type { Phrases } from '../translate-page.ts';

/** Problems with the Kubernetes API and permissions. */
export const apiPhrases: Phrases = {
  'kubectl: error: You must be logged in to the server (Unauthorized); only the log of kube-apiserver contains the reason':
    'kubectl: error: You must be logged in to the server (Unauthorized); причина есть только в логе kube-apiserver',
  'the token is for a different audience than the one that the API server accepts':
    'у токена не та audience, которую принимает API-сервер',
  'aud in step dex-token does not contain kubernetes': 'в aud на шаге dex-token нет kubernetes',
  'remove --audience, or set it to kubernetes; if the API server expects another audience than kubernetes, set --audience to that one':
    'уберите --audience или укажите в нём kubernetes; если API-сервер ожидает другую audience, а не kubernetes, укажите её в --audience',
  'the token has no email claim, which the API server uses as the user name':
    'в токене нет claim email, который API-сервер использует как имя пользователя',
  'see the claims in step dex-token and scope in step settings':
    'посмотрите claims на шаге dex-token и scope на шаге settings',
  'add email to --scope; if the IdP uses another claim, set claimMapping.email of the DexProvider to it':
    'добавьте email в --scope; если IdP использует другой claim, укажите его в claimMapping.email DexProvider',
  'the email address in the token is not verified: email_verified is not true':
    'email в токене не подтверждён: email_verified не равен true',
  'see the claims in step dex-token': 'посмотрите claims на шаге dex-token',
  'verify the address in the IdP: Dex passes on email_verified: false, even with insecureSkipEmailVerified':
    'подтвердите адрес в IdP: Dex передаёт email_verified: false дальше даже с insecureSkipEmailVerified',
  'the user name begins with system:, which Kubernetes reserves':
    'имя пользователя начинается с system:, а этот префикс зарезервирован в Kubernetes',
  'see email in step dex-token': 'посмотрите email на шаге dex-token',
  'set claimMapping.email of the DexProvider to a claim that does not begin with system:':
    'укажите в claimMapping.email DexProvider claim, который не начинается с system:',
  'a group name begins with system:, which Kubernetes reserves':
    'имя группы начинается с system:, а этот префикс зарезервирован в Kubernetes',
  'see groups in step dex-token': 'посмотрите groups на шаге dex-token',
  'rename the group in the IdP, or remove groups from --scope':
    'переименуйте группу в IdP или уберите groups из --scope',
  'the token is signed by a key that Dex has lost, together with its storage':
    'токен подписан ключом, который Dex потерял вместе с хранилищем',
  'dexchange fetched the keys of Dex for this report':
    'для этого отчёта dexchange получил ключи Dex',
  'run `dexchange cache clear`, then wait up to 10 minutes or restart kube-apiserver, which caches the former keys; give Dex persistent storage':
    'выполните `dexchange cache clear`, затем подождите до 10 минут или перезапустите kube-apiserver, который кеширует прежние ключи; дайте Dex постоянное хранилище',
  "the token has expired by the API server's clock":
    'по часам API-сервера срок действия токена истёк',
  'compare the clocks in step kubernetes with exp in step dex-token':
    'сравните часы на шаге kubernetes с exp на шаге dex-token',
  'synchronize the clocks of runner and cluster with NTP':
    'синхронизируйте часы раннера и кластера по NTP',
  "the API server still uses Dex's former keys: Dex has restarted with new ones":
    'API-сервер всё ещё использует прежние ключи Dex: он перезапустился с новыми',
  'the problem began when Dex restarted, the API server still accepts older tokens, and the problem disappears by itself':
    'проблема началась с перезапуском Dex, более старые токены API-сервер ещё принимает, и проблема проходит сама',
  'wait up to 10 minutes or restart kube-apiserver, which caches the keys; give Dex persistent storage':
    'подождите до 10 минут или перезапустите kube-apiserver, который кеширует ключи; дайте Dex постоянное хранилище',
  'the token has no name claim, which the API server may require':
    'в токене нет claim name, который может требоваться API-серверу',
  'see the claims in step dex-token; scope in step settings does not contain profile':
    'посмотрите claims на шаге dex-token; в scope на шаге settings нет profile',
  'add profile to --scope; if it is there, set userNameKey of the DexProvider to a claim that the IdP provides':
    'добавьте profile в --scope; если он там есть, укажите в userNameKey DexProvider claim, который передаёт IdP',
  'the API server trusts another issuer: the Dex of another cluster, or another URL of this one':
    'API-сервер доверяет другому издателю: Dex другого кластера или другому URL этого Dex',
  'the issuer in kube-apiserver (--oidc-issuer-url or AuthenticationConfiguration) must be exactly https://dex.example.com/, including the slash':
    'издатель в kube-apiserver (--oidc-issuer-url или AuthenticationConfiguration) должен быть в точности https://dex.example.com/, включая слеш',
  'kube-apiserver: "Unable to authenticate the request" err="invalid bearer token" (without oidc:)':
    'kube-apiserver: "Unable to authenticate the request" err="invalid bearer token" (без oidc:)',
  'set --dex-url to the Dex of the same cluster; in Deckhouse, enable module user-authn and its publishAPI':
    'укажите в --dex-url Dex того же кластера; в Deckhouse включите модуль user-authn и его publishAPI',
  'kubectl: Error from server (Forbidden): User "system:anonymous" cannot …':
    'kubectl: Error from server (Forbidden): User "system:anonymous" cannot …',
  'a proxy or ingress removes the Authorization header':
    'прокси или Ingress удаляет заголовок Authorization',
  'send the request directly to the API server, without ingress and proxy':
    'отправьте запрос напрямую API-серверу, минуя Ingress и прокси',
  'configure the ingress to forward Authorization, or add the host to NO_PROXY':
    'настройте Ingress так, чтобы он передавал Authorization, или добавьте хост в NO_PROXY',
  'the plugin failed, and the client (Python, fabric8) continues without a credential':
    'плагин завершился с ошибкой, а клиент (Python, fabric8) продолжает без учётных данных',
  'the plugin fails by hand too': 'вручную плагин тоже завершается с ошибкой',
  'run `dexchange get-token --explain` and follow its advice':
    'выполните `dexchange get-token --explain` и следуйте его советам',
  'the response to a SelfSubjectReview is none of 201, 401 and 403':
    'на SelfSubjectReview получен ответ, отличный от 201, 401 и 403',
  'the API server is older than 1.28, which has no SelfSubjectReview':
    'версия API-сервера ниже 1.28, и SelfSubjectReview в нём нет',
  '`d8 k version` shows the version of the server': '`d8 k version` показывает версию сервера',
  'upgrade the cluster; until then, run `kubectl auth can-i --list` to see what the token allows':
    'обновите кластер; пока он не обновлён, команда `kubectl auth can-i --list` покажет, что разрешает токен',
  'the server is not a Kubernetes API': 'этот сервер — не API Kubernetes',
  '`curl -q -sS https://api.example.com/version` does not answer with a version of Kubernetes':
    '`curl -q -sS https://api.example.com/version` не получает в ответ версию Kubernetes',
  'correct server of cluster NAME in the kubeconfig, or --server':
    'исправьте server кластера NAME в kubeconfig или --server',
  'the API server fails to answer, as its message says':
    'API-сервер не может ответить, как сказано в его сообщении',
  "`curl -q -sS 'https://api.example.com/readyz?verbose'` lists a check that fails":
    "`curl -q -sS 'https://api.example.com/readyz?verbose'` показывает проверку, которая не проходит",
  'ask a cluster administrator to see the log of kube-apiserver':
    'попросите администратора кластера посмотреть лог kube-apiserver',
  'not kube-apiserver denies the request, but something in front of it':
    'запрос отклоняет не kube-apiserver, а что-то перед ним',
  '`curl -q -sSi https://api.example.com/version` shows in the header Server who answers':
    '`curl -q -sSi https://api.example.com/version` показывает в заголовке Server, кто отвечает',
  'allow this machine in the ingress, gateway or firewall in front of the API (such as an allow-list of addresses, or a login); if the URL is wrong, correct server of cluster NAME in the kubeconfig, or --server':
    'разрешите доступ с этой машины на Ingress, шлюзе или межсетевом экране перед API (например, в списке разрешённых адресов или без входа); если URL неверен, исправьте server кластера NAME в kubeconfig или --server',
  'a token is valid on one machine, and expired or not yet valid on another':
    'на одной машине токен действителен, а на другой истёк или ещё не действует',
  '`date -u` is wrong; all servers differ from it by the same amount':
    '`date -u` показывает неверное время; все серверы расходятся с ним одинаково',
  'synchronize the clock of this machine with NTP: dexchange uses the clock of Dex, but kubectl does not':
    'синхронизируйте часы этой машины по NTP: dexchange ориентируется на часы Dex, а kubectl — нет',
  'the clock of a server is wrong': 'неверны часы одного из серверов',
  'the servers differ from each other': 'часы серверов расходятся между собой',
  'synchronize the clock of the server with NTP; in Deckhouse, enable module chrony':
    'синхронизируйте часы сервера по NTP; в Deckhouse включите модуль chrony',
  'kubectl: error: You must be logged in to the server (Unauthorized), with --method identity':
    'kubectl: error: You must be logged in to the server (Unauthorized), с --method identity',
  'compare the clocks in step kubernetes with exp in step subject-token':
    'сравните часы на шаге kubernetes с exp на шаге subject-token',
  'the token is not signed by a key that its issuer publishes':
    'токен не подписан ключом, который публикует его издатель',
  'dexchange fetched the keys of the issuer for this report':
    'для этого отчёта dexchange получил ключи издателя',
  'use a token of this issuer that is not older than its keys':
    'возьмите токен этого издателя, выданный не раньше, чем появились его ключи',
  'the API server does not trust the issuer of the token': 'API-сервер не доверяет издателю токена',
  'no jwt[].issuer.url is exactly ISSUER; a cluster administrator sees it in the AuthenticationConfiguration of kube-apiserver':
    'ни один jwt[].issuer.url не совпадает в точности с ISSUER; администратор кластера увидит это в AuthenticationConfiguration kube-apiserver',
  'ask a cluster administrator to add a jwt authenticator for ISSUER to the AuthenticationConfiguration, or use the Dex of the cluster (--method token-exchange)':
    'попросите администратора кластера добавить аутентификатор jwt для ISSUER в AuthenticationConfiguration или используйте Dex кластера (--method token-exchange)',
  'the API server expects another audience than AUDIENCES':
    'API-сервер ожидает другую audience, а не AUDIENCES',
  'jwt[].issuer.audiences of this issuer has none of those that aud has; a cluster administrator sees it in the AuthenticationConfiguration of kube-apiserver':
    'в jwt[].issuer.audiences этого издателя нет ни одного значения из aud; администратор кластера увидит это в AuthenticationConfiguration kube-apiserver',
  'request the token for one of jwt[].issuer.audiences: with --identity-audience, or in GitLab with aud: in id_tokens: of the job':
    'запросите токен для одного из значений jwt[].issuer.audiences: через --identity-audience, а в GitLab — через aud: в id_tokens: задания',
  'a claimValidationRule or userValidationRule does not allow this job':
    'claimValidationRule или userValidationRule не разрешает это задание',
  'compare the claims in step subject-token with the rules of this issuer; a cluster administrator sees it in the AuthenticationConfiguration of kube-apiserver':
    'сравните claims на шаге subject-token с правилами этого издателя; администратор кластера увидит их в AuthenticationConfiguration kube-apiserver',
  'run the job where the rules allow it, such as on a protected branch, or have the rules extended; the log ends with the message of the rule':
    'запускайте задание там, где это разрешают правила, например в защищённой ветке, или попросите расширить правила; запись в логе заканчивается сообщением правила',
  'the API server cannot fetch the keys of the issuer, or has just started':
    'API-сервер не может получить ключи издателя или только что запустился',
  'the API server reaches ISSUER, through its own network and with issuer.certificateAuthority':
    'API-сервер должен достучаться до ISSUER из своей сети и с issuer.certificateAuthority',
  'allow the connection, and set issuer.certificateAuthority if the issuer has a private CA':
    'разрешите соединение и, если у издателя приватный CA, задайте issuer.certificateAuthority',
  'kubectl: Error from server (Forbidden): … User "…" cannot …':
    'kubectl: Error from server (Forbidden): … User "…" cannot …',
  'groups of the identity token are lost at Dex, and the rules may be for them: GROUPS':
    'группы из ID-токена теряются в Dex, а правила, возможно, выданы именно им: GROUPS',
  'compare the claims in step subject-token with those in step dex-token':
    'сравните claims на шаге subject-token с claims на шаге dex-token',
  'add groups to --scope, let the IdP put them into its token, and set claimMapping.groups of the DexProvider to their claim':
    'добавьте groups в --scope, настройте IdP так, чтобы группы были в его токене, и укажите их claim в claimMapping.groups DexProvider',
  'no authorization rule allows it for user EMAIL or the groups GROUPS':
    'ни одно правило авторизации не разрешает этого пользователю EMAIL и группам GROUPS',
  '`d8 k auth can-i VERB RESOURCE --as EMAIL` says no when a cluster administrator runs it, too':
    '`d8 k auth can-i VERB RESOURCE --as EMAIL` отвечает no и администратору кластера',
  'the audit log of kube-apiserver: "authorization.k8s.io/decision":"forbid", with user and groups':
    'журнал аудита kube-apiserver: "authorization.k8s.io/decision":"forbid", с пользователем и группами',
  'ask a cluster administrator to run `dexchange manifests token-exchange --client-name NAME --client-namespace NAMESPACE --user EMAIL --access-level User --rule-name NAME-access | d8 k apply -f -`, with another --access-level if the job needs more, such as Editor or ClusterAdmin':
    'попросите администратора кластера выполнить `dexchange manifests token-exchange --client-name NAME --client-namespace NAMESPACE --user EMAIL --access-level User --rule-name NAME-access | d8 k apply -f -`; если заданию нужно больше прав, то с другим --access-level, например Editor или ClusterAdmin',
  'the rules are for groups, but the token has no groups':
    'правила выданы группам, а групп в токене нет',
  'see the claims in step dex-token, and whether --scope contains groups':
    'посмотрите claims на шаге dex-token и есть ли groups в --scope',
  'kubectl: Error from server (Forbidden) to every request':
    'kubectl: Error from server (Forbidden) на любой запрос',
  'no authorization rule is for user EMAIL or the groups GROUPS':
    'нет ни одного правила авторизации для пользователя EMAIL и групп GROUPS',
  '`d8 k auth can-i --list --as EMAIL` lists nothing when a cluster administrator runs it, either':
    '`d8 k auth can-i --list --as EMAIL` ничего не перечисляет и администратору кластера',
  'the rules are for another namespace': 'правила выданы для другого пространства имён',
  'the job works in another namespace than the one that is named here':
    'задание работает не в том пространстве имён, которое здесь названо',
  'run `dexchange get-token --explain -n NAMESPACE` with the namespace of the job':
    'выполните `dexchange get-token --explain -n NAMESPACE` с пространством имён задания',
  'the API server does not answer a SelfSubjectAccessReview or SelfSubjectRulesReview':
    'API-сервер не отвечает на SelfSubjectAccessReview или SelfSubjectRulesReview',
  'the API server does not let the user ask what it is allowed to do':
    'API-сервер не позволяет пользователю узнать, что ему разрешено',
  '`d8 k auth can-i --list --as EMAIL` shows it if a cluster administrator runs it':
    '`d8 k auth can-i --list --as EMAIL`, выполненная администратором кластера, показывает это',
  'run what the job runs, such as `kubectl get pods`; bind ClusterRole system:basic-user to system:authenticated, as Kubernetes does by default':
    'выполните то, что выполняет задание, например `kubectl get pods`; привяжите ClusterRole system:basic-user к system:authenticated, как это по умолчанию сделано в Kubernetes',
  'the user is the person who started the GitLab pipeline, here EMAIL, and the rules are for another person':
    'пользователь — это тот, кто запустил пайплайн GitLab, здесь EMAIL, а правила выданы другому человеку',
  'see user_email in step subject-token': 'посмотрите user_email на шаге subject-token',
  'grant access to the group of the project: set claimMapping.groups: namespace_path and allowedGroups in DexProvider CONNECTOR, and name the group in the rule':
    'дайте доступ группе проекта: задайте claimMapping.groups: namespace_path и allowedGroups в DexProvider CONNECTOR и укажите группу в правиле',
  'the rules are for another form of this subject: newer repositories of GitHub and Forgejo have ids in it, and environment:NAME or pull_request can replace the branch':
    'правила выданы для другой формы этого subject: у новых репозиториев GitHub и Forgejo в нём есть идентификаторы, а вместо ветки может стоять environment:NAME или pull_request',
  '`d8 k get clusterauthorizationrules -o yaml` lists the users of the rules; one must equal EMAIL':
    '`d8 k get clusterauthorizationrules -o yaml` показывает пользователей из правил; один из них должен совпадать с EMAIL',
};
