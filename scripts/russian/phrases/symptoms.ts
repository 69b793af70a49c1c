import type { Phrases } from '../translate-page.ts';

/** What clients, shells, Dex and the IdP print. */
export const symptomsPhrases: Phrases = {
  'Find it by what you see': 'Поиск по сообщению',
  'Search this page for the words that kubectl, another client or the shell printed, and follow the link. `…` replaces text that varies, and `/usr/local/bin` replaces the folder of dexchange. Other Go programs print the same words as kubectl, but begin differently: helm begins with `Error: Kubernetes cluster unreachable:` and often `Get "https://…":` instead of `Unable to connect to the server:`. A line that begins with `dexchange:` ends with a code in parentheses: look up the code in [errors.md](errors.md).':
    'Найдите на этой странице слова, которые вывели kubectl, другой клиент или командная оболочка, и перейдите по ссылке. `…` стоит вместо того, что каждый раз разное, а `/usr/local/bin` — вместо каталога dexchange. Другие программы на Go выводят то же, что и kubectl, но с другим началом: helm — с `Error: Kubernetes cluster unreachable:` и часто с `Get "https://…":` вместо `Unable to connect to the server:`. Строка, которая начинается с `dexchange:`, заканчивается кодом в скобках: найдите его в [errors.md](../errors.md).',
  'Tests check that the programs print these words. Only a message with * is quoted from documentation.':
    'Тесты добиваются от этих программ именно таких сообщений. Только сообщения со знаком * взяты из документации.',
  'kubectl, helm, Flux and other Go programs': 'kubectl, helm, Flux и другие программы на Go',
  'what you see': 'что вы видите',
  'what it means': 'что это значит',
  'dexchange is not found': 'dexchange не найден',
  'dexchange is "not found", although the file exists': 'dexchange «not found», хотя файл есть',
  'dexchange is not executable': 'файл dexchange не исполняемый',
  'dexchange is for another architecture': 'dexchange собран для другой архитектуры',
  'the client asks localhost': 'клиент обращается к localhost',
  'the kubeconfig has no such context': 'в kubeconfig нет такого контекста',
  'kubectl asks for a user name': 'kubectl спрашивает имя пользователя',
  'the version of the exec entry is not supported': 'версия записи exec не поддерживается',
  'the plugin answers in another version than the exec entry says':
    'плагин отвечает не в той версии, которая указана в записи exec',
  'the exec entry has no interactiveMode': 'в записи exec нет interactiveMode',
  'the exec entry requires a terminal': 'запись exec требует терминала',
  'the plugin prints something else than an ExecCredential':
    'плагин выводит что-то кроме ExecCredential',
  'dexchange failed': 'dexchange завершился с ошибкой',
  'the request is made by system:anonymous': 'запрос выполняется от имени system:anonymous',
  'the token has expired': 'срок действия токена истёк',
  'the certificate is signed by an unknown CA': 'сертификат подписан неизвестным CA',
  'the certificate is for another name': 'сертификат выпущен на другое имя',
  'the connection is refused': 'соединение отклонено',
  'the proxy does not answer': 'прокси не отвечает',
  'the host does not exist': 'хост не существует',
  'the server does not respond in time': 'сервер не отвечает вовремя',
  'the port serves plain HTTP': 'на этом порту обычный HTTP',
  'the port requires HTTPS': 'порт требует HTTPS',
  'the API server does not accept the token': 'API-сервер не принимает токен',
  'the user is not allowed to do this': 'пользователю это не разрешено',
  'the server is not an API server': 'это не API-сервер',
  'OpenTofu and Terraform': 'OpenTofu и Terraform',
  'an OpenTofu provider': 'провайдер OpenTofu',
  'the loader': 'загрузчик',
  "Dex's log": 'лог Dex',
  'The shell and the loader': 'Командная оболочка и загрузчик',
  'a library of dexchange is missing': 'не хватает библиотеки для dexchange',
  'Python and Ansible': 'Python и Ansible',
  'Dex and the IdP': 'Dex и IdP',
  'Requested connector does not exist': 'ответ «Requested connector does not exist»',
  'Invalid subject_token_type': 'ответ «Invalid subject_token_type»',
  'Missing subject_token': 'ответ «Missing subject_token»',
  'What it means, and what to do': 'Что это значит и что делать',
  'dexchange is not installed in the job, its folder is not in PATH, or the file is not executable':
    'в задании нет dexchange, его каталога нет в PATH, или файл не исполняемый',
  'install dexchange in the job image, see [install.md](install.md); or write the absolute path of the binary as `command` of the exec entry. If `ls` shows the file, see the next entry':
    'установите dexchange в образ задания, см. [install.md](../install.md), или укажите абсолютный путь к бинарному файлу в `command` записи exec. Если `ls` показывает файл, см. следующий раздел',
  'the image is Alpine, but the binary is for glibc, so the loader that the binary needs does not exist. Or the path in the kubeconfig is wrong':
    'образ — Alpine, а бинарный файл собран для glibc, и загрузчика, который ему нужен, в образе нет; или неверен путь в kubeconfig',
  'in Alpine, install the binary for musl; else correct `command` of the exec entry':
    'в Alpine установите бинарный файл для musl; в остальных случаях исправьте `command` записи exec',
  'the image has no libstdc++, or its glibc is older than 2.28':
    'в образе нет libstdc++, или версия glibc в нём ниже 2.28',
  'install libstdc++ (Alpine: `apk add libstdc++`, Debian: `apt-get install -y libstdc++6`); for an old glibc, use a newer image':
    'установите libstdc++ (Alpine: `apk add libstdc++`, Debian: `apt-get install -y libstdc++6`); если glibc старая, возьмите более новый образ',
  'the file lost its executable mode in a download or copy, or its file system is mounted with noexec':
    'файл скачали или скопировали без прав на исполнение, или его файловая система смонтирована с noexec',
  'set mode 755 for the file, and use a folder whose file system is not mounted with noexec':
    'сделайте файл исполняемым, с правами 755, в каталоге, файловая система которого разрешает запуск программ',
  'the binary is for x64 and the runner is arm64, or the other way round; or the download is incomplete':
    'бинарный файл собран для x64, а раннер — arm64, или наоборот; либо файл скачан не полностью',
  'install the binary for the architecture that `uname -m` prints: `x86_64` is x64, `aarch64` is arm64':
    'установите бинарный файл для архитектуры, которую выводит `uname -m`: `x86_64` — это x64, `aarch64` — arm64',
  'the client has no kubeconfig: `KUBECONFIG` is not set in this step, or it names a file that does not exist. kubectl does not report this':
    'у клиента нет kubeconfig: на этом шаге `KUBECONFIG` не задана или указывает на несуществующий файл. kubectl об этом не сообщает',
  'set `KUBECONFIG` to the file in the same step; OpenTofu and Terraform need `KUBE_CONFIG_PATH`. `dexchange exec` and `dexchange agent` set both':
    'задайте `KUBECONFIG` на том же шаге; OpenTofu и Terraform нужна `KUBE_CONFIG_PATH`. `dexchange exec` и `dexchange agent` задают обе',
  '`current-context` or `--context` names a context that this kubeconfig does not have':
    'в `current-context` или `--context` указан контекст, которого в этом kubeconfig нет',
  'run `kubectl config get-contexts` to see the contexts, and correct the name; check which file `KUBECONFIG` names':
    'выполните `kubectl config get-contexts`, чтобы увидеть контексты, и исправьте имя; проверьте, на какой файл указывает `KUBECONFIG`',
  "the context's user has no credential, so kubectl asks for one: the exec entry is missing, or the context names another user":
    'у пользователя в контексте нет учётных данных, и kubectl их спрашивает: нет записи exec, или в контексте указан другой пользователь',
  'add the exec entry to the user that the context names, see the [README](../README.md)':
    'добавьте запись exec пользователю, указанному в контексте, см. [README](../../README.ru.md)',
  'the exec entry has `v1alpha1`, which Kubernetes 1.24 removed; or the client is older than 1.22 and does not know `v1` yet':
    'в записи exec указана версия `v1alpha1`, удалённая в Kubernetes 1.24, или версия клиента ниже 1.22 и он ещё не знает `v1`',
  'set `apiVersion` of the exec entry to `client.authentication.k8s.io/v1`, for a client older than 1.22 to `client.authentication.k8s.io/v1beta1`. dexchange answers in both':
    'укажите в `apiVersion` записи exec `client.authentication.k8s.io/v1`, а для клиента версии ниже 1.22 — `client.authentication.k8s.io/v1beta1`. dexchange отвечает в обеих версиях',
  'dexchange answers in the version that `KUBERNETES_EXEC_INFO` names, but it did not get that variable: a wrapper such as `sudo` or `env -i` removed it':
    'dexchange отвечает в версии, которую запрашивает `KUBERNETES_EXEC_INFO`, но не получил эту переменную: её удалила обёртка, например `sudo` или `env -i`',
  'run dexchange without the wrapper, or make the wrapper keep `KUBERNETES_EXEC_INFO`; or set `apiVersion` of the exec entry to `client.authentication.k8s.io/v1`':
    'запускайте dexchange без обёртки или настройте её так, чтобы она сохраняла `KUBERNETES_EXEC_INFO`; либо укажите в `apiVersion` записи exec `client.authentication.k8s.io/v1`',
  'version `v1` of the exec entry requires `interactiveMode`. The exec block of the backend `kubernetes` of OpenTofu 1.12 cannot contain it, so that block never works':
    'версия `v1` записи exec требует `interactiveMode`. В блок exec бэкенда `kubernetes` в OpenTofu 1.12 это поле добавить нельзя, поэтому этот блок не работает никогда',
  'add `interactiveMode: Never` to the exec entry, because dexchange never prompts. For the backend, set `KUBE_CONFIG_PATH` to a kubeconfig instead of using the exec block':
    'добавьте в запись exec `interactiveMode: Never`; dexchange никогда ничего не спрашивает. Для бэкенда вместо блока exec укажите kubeconfig в `KUBE_CONFIG_PATH`',
  'the exec entry has `interactiveMode: Always`, and a job has no terminal':
    'в записи exec задано `interactiveMode: Always`, а терминала у задания нет',
  'set `interactiveMode: Never`': 'укажите `interactiveMode: Never`',
  'the arguments of the exec entry lack `get-token` or contain `-o token`, or `command` is a script that prints other text to stdout. The JavaScript client prints what it received, so the log of the job can contain a token':
    'в аргументах записи exec нет `get-token` или есть `-o token`, либо `command` — это скрипт, который выводит в stdout что-то ещё. JavaScript показывает полученное, поэтому в логе задания может оказаться токен',
  'make `get-token` the first argument, and remove `-o`; a script must print its own messages to stderr':
    'аргументы должны начинаться с `get-token` и не содержать `-o`; скрипт должен выводить свои сообщения в stderr',
  'dexchange did not get a credential. The reason is above this line: it begins with `dexchange:`, ends with a code in parentheses, and is followed by a hint. Ansible and the providers of OpenTofu hide the reason, see [clients.md](clients.md). The exit code says where the problem is: 2 in a setting, 3 in the identity token, 4 at Dex or the IdP, 5 in the network':
    'учётные данные не получены. Почему — сказано выше, в строке, которая начинается с `dexchange:` и заканчивается кодом в скобках; за ней следует подсказка. Ansible и провайдеры OpenTofu их скрывают, см. [clients.md](../clients.md). Код завершения: 2 — настройка, 3 — ID-токен, 4 — Dex или IdP, 5 — сеть',
  'follow the hint. For the meaning of the code, see [errors.md](errors.md); for the likely cause, run `dexchange get-token --explain`':
    'следуйте подсказке. Что означает код, см. в [errors.md](../errors.md); вероятную причину покажет `dexchange get-token --explain`',
  'the request had no credential. After a failed plugin, the Python client, Ansible and fabric8 continue without one. helm sends no credential if the user of the context has no exec entry. The JavaScript client sends none if the user has a `tokenFile`':
    'запрос отправлен без учётных данных. Если плагин завершился с ошибкой, клиент Python, Ansible и fabric8 продолжают без них. helm ведёт себя так, если у пользователя в контексте нет записи exec, а клиент JavaScript — если у пользователя есть `tokenFile`',
  'search the output for a line that begins with `dexchange:`, and follow its hint. Ansible shows that line only with `ANSIBLE_DEBUG=1`; or run `dexchange get-token` in the job to see the error. For JavaScript, use the plugin, or a kubeconfig that contains the token (`--write-to` of the agent), see [clients.md](clients.md)':
    'найдите в выводе строку с `dexchange:` и следуйте её подсказке; Ansible показывает её только с `ANSIBLE_DEBUG=1`, поэтому, чтобы её увидеть, выполните в задании `dexchange get-token`; для JavaScript используйте плагин или kubeconfig, в котором есть сам токен (`--write-to` агента), см. [clients.md](../clients.md)',
  'the identity token of the job has expired. Depending on the CI system, it is valid for minutes or as long as the job. Or a variable contains an old token from another job':
    'срок действия ID-токена задания истёк. В зависимости от CI-системы он действует несколько минут или столько же, сколько задание. Возможно также, что токен сохранён в переменной и относится к другому заданию',
  'run dexchange early in the job. If the job runs longer than the token is valid and the system issues new tokens during a job, use `dexchange exec` or `dexchange agent`; elsewhere, as on GitLab, raise the timeout of the job. [ci-systems.md](ci-systems.md#how-long-it-lasts) says which systems do':
    'вызывайте dexchange в начале задания. Если задание длится дольше, чем действует токен, а система выдаёт новые токены во время задания, используйте `dexchange exec` или `dexchange agent`; в остальных случаях, как в GitLab, увеличьте тайм-аут задания. Какие системы выдают новые токены, сказано в [ci-systems.md](../ci-systems.md#how-long-it-lasts)',
  'Dex rejects the id_token as subject token': 'Dex отклоняет id_token как исходный токен',
  'if the line does not contain `dexchange:`, it is the certificate of the API server, and the kubeconfig has no CA or the wrong one. Otherwise, it is the certificate of Dex or of the IdP. A proxy that intercepts TLS can cause both':
    'если в строке нет `dexchange:`, дело в сертификате API-сервера: в kubeconfig нет CA или указан другой. Если есть — в сертификате Dex или IdP. Причиной обоих может быть прокси, который перехватывает TLS',
  'for the API server, set `certificate-authority-data` of the cluster; for Dex, set --dex-certificate-authority':
    'для API-сервера укажите `certificate-authority-data` кластера, для Dex — --dex-certificate-authority',
  '`server` has a name or address that is not in the certificate, or the ingress answers with its default certificate because publishAPI is off':
    'в `server` указано имя или адрес, которых нет в сертификате, или Ingress отвечает с сертификатом по умолчанию, потому что publishAPI выключен',
  'set `server` to a name that is in the certificate; in Deckhouse, enable publishAPI in user-authn':
    'укажите в `server` имя из сертификата; в Deckhouse включите publishAPI в user-authn',
  'no server listens on this port. kubectl prints the same if `HTTPS_PROXY` names a proxy that is down; other clients mention the proxy. For `localhost`, see [the client asks localhost](#no-kubeconfig)':
    'на этом порту никто не слушает. То же самое kubectl выводит, если в `HTTPS_PROXY` указан неработающий прокси; другие клиенты упоминают прокси. О `localhost` см. [клиент обращается к localhost](#no-kubeconfig)',
  'correct `server` in the kubeconfig; check `HTTPS_PROXY`, and add the host to `NO_PROXY` if no proxy is needed':
    'исправьте `server` в kubeconfig; проверьте `HTTPS_PROXY` и, если прокси не нужен, добавьте хост в `NO_PROXY`',
  '`HTTPS_PROXY` names a proxy that is down or has another address':
    'в `HTTPS_PROXY` указан прокси, который не работает или имеет другой адрес',
  'correct `HTTPS_PROXY`, or unset it if this runner needs no proxy':
    'исправьте `HTTPS_PROXY` или удалите её, если прокси этому раннеру не нужен',
  'the name in `server` is wrong, or the DNS of the runner does not know it':
    'имя в `server` неверно, или DNS раннера его не знает',
  'correct `server`; try `getent hosts HOST` in the job':
    'исправьте `server`; попробуйте `getent hosts HOST` в задании',
  'a firewall drops the packets, or the runner has no route to the API server':
    'межсетевой экран отбрасывает пакеты, или у раннера нет маршрута до API-сервера',
  'allow the connection for the runner, or set `HTTPS_PROXY` to a proxy that reaches the cluster':
    'разрешите соединение для раннера или укажите в `HTTPS_PROXY` прокси, которому доступен кластер',
  '`server` begins with `https://`, but its port serves plain HTTP':
    '`server` начинается с `https://`, но на его порту обычный HTTP',
  'correct the port in `server`': 'исправьте порт в `server`',
  '`server` begins with `http://`, but its port requires HTTPS. Go programs send no credential over plain HTTP':
    '`server` начинается с `http://`, но его порт требует HTTPS. Программы на Go не отправляют учётные данные по обычному HTTP',
  'write `https://` in `server`': 'напишите в `server` `https://`',
  'the token is for another audience or cluster, has expired, or lacks a claim that the API server requires; or the kubeconfig contains an old token instead of the plugin. Only the log of kube-apiserver has the reason':
    'токен выдан для другой audience или другого кластера, истёк или не содержит claim, который требует API-сервер; либо в kubeconfig вместо плагина записан старый токен. Причина есть только в логе kube-apiserver',
  'run `dexchange whoami --kubeconfig FILE --context NAME`, or `dexchange get-token --explain` with the arguments of the exec entry: both ask the API server and name the cause':
    'выполните `dexchange whoami --kubeconfig FILE --context NAME` или `dexchange get-token --explain` с аргументами записи exec: обе команды спрашивают API-сервер и называют причину',
  'the token is valid, but no rule gives this user or its groups the permission. If the user is `system:anonymous`, the request had no token: see *the request is made by system:anonymous*. helm stores releases in secrets, so it needs them even to list releases':
    'с токеном всё в порядке, но ни одно правило не даёт этого права пользователю или его группам. Если пользователь — `system:anonymous`, то токена в запросе не было: см. *запрос выполняется от имени system:anonymous*. helm хранит релизы в секретах, поэтому права на них нужны ему даже для списка релизов',
  'run `dexchange whoami --kubeconfig FILE --context NAME` to see the user and the groups, and ask an administrator to add a rule for them':
    'выполните `dexchange whoami --kubeconfig FILE --context NAME`, чтобы увидеть пользователя и группы, и попросите администратора добавить для них правило',
  '[user EMAIL is not allowed to VERB RESOURCE (403 Forbidden)](#api-forbidden); [user EMAIL is authenticated, but has no permissions](#api-no-permissions)':
    '[Пользователю EMAIL не разрешено VERB RESOURCE (403 Forbidden)](#api-forbidden); [Пользователь EMAIL аутентифицирован, но не имеет прав](#api-no-permissions)',
  '`server` of the cluster names another server, such as Dex or a web page. If only one kind of resource causes this error, the cluster does not have that kind':
    'в `server` кластера указан другой сервер, например Dex или веб-страница. Если ошибка касается только одного вида ресурсов, то такого вида в кластере нет',
  'correct `server` in the kubeconfig: `https://api.DOMAIN` of publishAPI, or the address of kube-apiserver':
    'исправьте `server` в kubeconfig: `https://api.DOMAIN` из publishAPI или адрес kube-apiserver',
  'the server does not respond like a Kubernetes API server':
    'сервер отвечает не так, как API-сервер Kubernetes',
  'Dex rejects the subject token, because it has expired, is from another issuer, or lacks a claim that the connector needs. Dex returns the same error in all these cases; only its log has the reason':
    'Dex не принимает исходный токен: он истёк, выдан другим издателем, или в нём нет claim, который нужен коннектору. На всё это Dex отвечает одинаково; причина есть только в его логе',
  'run `dexchange get-token --explain`, which compares the token with what the connector needs, or read the log of Dex':
    'выполните `dexchange get-token --explain`: команда сравнит токен с тем, что нужно коннектору; или прочитайте лог Dex',
  'the client id or the client secret is wrong, or the secret is still base64-encoded. `curl -u` also gets this error with a correct secret that contains `%`, `+` or `:`, because Dex expects the secret form-encoded':
    'неверен ID или секрет клиента, или секрет всё ещё закодирован в base64. `curl -u` получает такой ответ и с верным секретом, если в нём есть `%`, `+` или `:`, потому что Dex ожидает его закодированным как данные формы',
  'compare the client id and the client secret with the Secret of the DexClient; with curl, send `client_id` and `client_secret` in the body with `--data-urlencode`, without `-u`':
    'сравните ID и секрет клиента с секретом DexClient; в curl передавайте `client_id` и `client_secret` в теле запроса через `--data-urlencode`, без `-u`',
  '[Dex does not authenticate the client](#dex-client-refused); [the client secret works with dexchange, but not with curl -u or d8](#dex-secret-encoding)':
    '[Dex не аутентифицирует клиента](#dex-client-refused); [Секрет клиента подходит для dexchange, но не для curl -u и d8](#dex-secret-encoding)',
  'the answer is from Keycloak, not from Dex: `unauthorized_client` means that the secret is wrong, `invalid_client` that the realm has no such client':
    'это ответ Keycloak, а не Dex: `unauthorized_client` означает, что неверен секрет, `invalid_client` — что такого клиента в realm нет',
  'correct --idp-client-id, and the secret of that client in Keycloak':
    'исправьте --idp-client-id и секрет этого клиента в Keycloak',
  'Dex 2.45.1 never returns this error for a token exchange. A newer Dex returns it if the client may not use the connector. An IdP returns it if a user name and password are wrong, as with Basic Auth, or if a refresh token or code has expired':
    'Dex 2.45.1 никогда не отвечает так на обмен токена. Более новый Dex отвечает так, если клиенту не разрешён этот коннектор. IdP — если неверны логин и пароль, как при Basic Auth, или истёк refresh-токен либо код',
  'for Dex, ask an administrator to allow the connector for the client; for an IdP, use a token of the CI system instead of a password or a stored refresh token':
    'если это ответ Dex, попросите разрешить клиенту этот коннектор; если ответ IdP — используйте токен CI-системы вместо пароля или сохранённого refresh-токена',
  'no connector has this id, or the type of the connector does not support token exchange (only OIDC does), or Dex cannot reach the IdP of the connector':
    'коннектора с таким ID нет, его тип не поддерживает обмен токена (его поддерживает только OIDC), или Dex не может подключиться к своему IdP',
  'use the name of the DexProvider, not its displayName; a cluster administrator sees the names with `d8 k get dexprovider`':
    'укажите имя DexProvider, а не его displayName; имена администратор кластера увидит командой `d8 k get dexprovider`',
  'the client may not request tokens for the audience `kubernetes`: the DexClient lacks the annotation `dexclient.deckhouse.io/allow-access-to-kubernetes`':
    'клиенту нельзя запрашивать токены с audience `kubernetes`: на DexClient нет аннотации `dexclient.deckhouse.io/allow-access-to-kubernetes`',
  'ask an administrator to add the annotation': 'попросите администратора добавить аннотацию',
  'Dex does not issue tokens for audience kubernetes': 'Dex не выдаёт токены с audience kubernetes',
  'Dex supports only `id_token` and `access_token`, not `jwt`':
    'Dex знает только `id_token` и `access_token`, но не `jwt`',
  'send a JWT of a CI system as `urn:ietf:params:oauth:token-type:id_token`':
    'отправляйте JWT от CI-системы как `urn:ietf:params:oauth:token-type:id_token`',
  'the variable with the identity token is empty in this job':
    'переменная с ID-токеном в этом задании пуста',
  'in GitLab, list the variable in `id_tokens:` of the job; in GitHub, add `permissions: id-token: write`':
    'в GitLab укажите переменную в `id_tokens:` задания; в GitHub добавьте `permissions: id-token: write`',
  'token exchange is not enabled in this Dex, or Dex is older than 2.37':
    'обмен токена в этом Dex не включён, или его версия ниже 2.37',
  'ask an administrator to enable the grant type, or to upgrade Deckhouse':
    'попросите администратора включить тип гранта или обновить Deckhouse',
};
