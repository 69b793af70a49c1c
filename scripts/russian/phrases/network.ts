import type { Phrases } from '../translate-page.ts';

/** Problems with the network. */
export const networkPhrases: Phrases = {
  'curl: (60) SSL certificate problem; kubectl: x509: certificate signed by unknown authority':
    'curl: (60) SSL certificate problem; kubectl: x509: certificate signed by unknown authority',
  'the proxy intercepts TLS and uses its own CA':
    'прокси перехватывает TLS и использует собственный CA',
  'the message names the CA of the proxy or of the company as the issuer':
    'в сообщении издателем назван CA прокси или компании',
  'set --dex-certificate-authority to that CA, or add the host to NO_PROXY':
    'укажите этот CA в --dex-certificate-authority или добавьте хост в NO_PROXY',
  'the certificate is signed by a private CA, which this machine does not trust':
    'сертификат подписан приватным CA, которому эта машина не доверяет',
  'the message names the issuer of the certificate; if the cluster uses the Gateway API, the CA of Dex is in the secret httproute-tls':
    'в сообщении назван издатель сертификата; в кластере с Gateway API CA для Dex лежит в секрете httproute-tls',
  "ask a cluster administrator to run `d8 k -n d8-user-authn get secret ingress-tls -o jsonpath='{.data.ca\\.crt}' | base64 -d > ca.crt`, then set --dex-certificate-authority to that file":
    "попросите администратора кластера выполнить `d8 k -n d8-user-authn get secret ingress-tls -o jsonpath='{.data.ca\\.crt}' | base64 -d > ca.crt` и укажите этот файл в --dex-certificate-authority",
  '`openssl s_client -connect HOST -showcerts </dev/null` shows who responds':
    '`openssl s_client -connect HOST -showcerts </dev/null` показывает, кто отвечает',
  'correct the host name or its DNS record': 'исправьте имя хоста или его DNS-запись',
  'curl: (60) SSL: no alternative certificate subject name matches':
    'curl: (60) SSL: no alternative certificate subject name matches',
  'the URL uses a name or address that is not in the certificate':
    'в URL указано имя или адрес, которых нет в сертификате',
  'the message lists the names in the certificate': 'в сообщении перечислены имена из сертификата',
  'use a name of the certificate; a cluster administrator sees the hosts with `d8 k get ingress -A`, or with `d8 k get httproute -A` if the cluster uses the Gateway API':
    'используйте имя из сертификата; хосты администратор кластера увидит командой `d8 k get ingress -A`, а в кластере с Gateway API — `d8 k get httproute -A`',
  'the ingress has no such host and uses its default certificate':
    'в Ingress нет такого хоста, и он отдаёт сертификат по умолчанию',
  'the certificate is for ingress.local or Kubernetes Ingress Controller Fake Certificate':
    'сертификат выпущен на ingress.local или Kubernetes Ingress Controller Fake Certificate',
  'correct the host name; for the API server, enable publishAPI in user-authn':
    'исправьте имя хоста; для API-сервера включите publishAPI в user-authn',
  'curl: (60) SSL certificate problem: certificate has expired':
    'curl: (60) SSL certificate problem: certificate has expired',
  'the certificate was not renewed': 'сертификат не обновили',
  'the message tells when it expired; `d8 k get certificate -A` shows the state in cert-manager':
    'в сообщении сказано, когда он истёк; `d8 k get certificate -A` показывает состояние в cert-manager',
  'renew the certificate of the server': 'обновите сертификат сервера',
  'the clock of this machine is wrong': 'на этой машине неверные часы',
  '`date -u` differs from the real time': '`date -u` расходится с реальным временем',
  'synchronize the clock of this machine with NTP': 'синхронизируйте часы этой машины по NTP',
  'curl: (35) and the reason of the TLS library; kubectl: http: server gave HTTP response to HTTPS client, or remote error: tls: …':
    'curl: (35) и причина от библиотеки TLS; kubectl: http: server gave HTTP response to HTTPS client или remote error: tls: …',
  'the port serves plain http': 'на этом порту обычный http',
  '`curl -q -sS http://HOST/` answers': '`curl -q -sS http://HOST/` получает ответ',
  'correct the port in the URL': 'исправьте порт в URL',
  'the server requires a client certificate': 'сервер требует клиентский сертификат',
  'the server ends the handshake with an alert about a certificate':
    'сервер обрывает рукопожатие с уведомлением (alert) о сертификате',
  'server and dexchange have no TLS version in common':
    'у сервера и dexchange нет общей версии TLS',
  '`openssl s_client -connect HOST -tls1_2 </dev/null` fails':
    '`openssl s_client -connect HOST -tls1_2 </dev/null` завершается с ошибкой',
  'the server has no certificate for HOST': 'у сервера нет сертификата для HOST',
  '`openssl s_client -connect HOST </dev/null` fails':
    '`openssl s_client -connect HOST </dev/null` завершается с ошибкой',
  'HTTPS_PROXY is set, and the same requests succeed from another machine':
    'задана HTTPS_PROXY, а с другой машины те же запросы проходят',
  'the proxy requires a user name and password, or rejects those that it gets':
    'прокси требует логин и пароль или не принимает переданные',
  'the proxy answers 407 to `curl` too': 'прокси отвечает 407 и на запрос `curl`',
  'the proxy does not allow connections to HOST': 'прокси не разрешает соединения с HOST',
  'the message has the response of the proxy, such as 403':
    'в сообщении есть ответ прокси, например 403',
  'ask the administrator of the proxy to allow HOST, or, if this machine can reach it directly, add HOST to the variable NO_PROXY':
    'попросите администратора прокси разрешить HOST или, если с этой машины он доступен напрямую, добавьте HOST в переменную NO_PROXY',
  'the proxy is down, or its address is wrong': 'прокси не работает, или его адрес неверен',
  'the message names the proxy and the variable that sets it':
    'в сообщении названы прокси и переменная, которая его задаёт',
  'correct the variable that the message names, or unset it if this machine needs no proxy':
    'исправьте переменную, названную в сообщении, или удалите её, если прокси этой машине не нужен',
  'HOST needs a direct connection, but the proxy variables apply to it':
    'HOST требует прямого соединения, но переменные прокси действуют и на него',
  "`curl -q -sS --noproxy '*' https://HOST/` answers":
    "`curl -q -sS --noproxy '*' https://HOST/` получает ответ",
  'add HOST to the variable NO_PROXY': 'добавьте HOST в переменную NO_PROXY',
  'the address in the variable is wrong, or the proxy does not work':
    'адрес в переменной неверен, или прокси не работает',
  'the message names the variable and the response of the proxy':
    'в сообщении названы переменная и ответ прокси',
  'curl: (6), (7) or (28); kubectl: dial tcp: … connection refused, no such host or i/o timeout':
    'curl: (6), (7) или (28); kubectl: dial tcp: … connection refused, no such host или i/o timeout',
  'the name HOST does not resolve on this machine': 'имя HOST на этой машине не разрешается',
  '`getent hosts HOST` finds nothing': '`getent hosts HOST` ничего не находит',
  'the proxy cannot reach the server, or must not be used for it':
    'прокси не может достучаться до сервера, или для этого сервера он не нужен',
  'the server does not listen on this port: host or port is wrong, or the server is down':
    'на этом порту никто не слушает: неверен хост или порт либо сервер не работает',
  '`curl -q -sS https://HOST/` is refused too':
    '`curl -q -sS https://HOST/` тоже не может соединиться',
  'a firewall blocks the connection, or the runner has no route to the cluster':
    'соединение блокирует межсетевой экран, или у раннера нет маршрута до кластера',
  'the attempts in the report stop at connect; the same call succeeds on your machine':
    'попытки в отчёте останавливаются на connect; с вашего компьютера тот же вызов проходит',
  'allow the connection for the runner, or set HTTPS_PROXY to a proxy':
    'разрешите соединение для раннера или укажите прокси в HTTPS_PROXY',
  'the server is slow, for example because Dex waits for its IdP':
    'сервер отвечает медленно: например, Dex ждёт свой IdP',
  'see first byte in the timing of the step': 'посмотрите first byte в замерах времени этого шага',
  'the response is not from Dex, the IdP or the API server: 404, a web page or a redirect':
    'ответ пришёл не от Dex, IdP или API-сервера: 404, веб-страница или перенаправление',
  'the ingress in front of the server does not allow so large a token':
    'Ingress перед сервером не пропускает такой большой токен',
  'the message names the size; compare it with the groups in the token':
    'в сообщении указан размер; сравните его с числом групп в токене',
  'the URL is not that of the issuer: extra path or slash, or the host of another service':
    'это не URL издателя: лишний путь или слеш либо хост другого сервиса',
  '`curl -q -sS https://dex.example.com/.well-known/openid-configuration | jq .issuer` does not print the URL; Dex answers 404 to a double slash (//token)':
    '`curl -q -sS https://dex.example.com/.well-known/openid-configuration | jq .issuer` выводит не этот URL; на двойной слеш (//token) Dex отвечает 404',
  'set --dex-url to the issuer, https://HOST/; a cluster administrator sees the host with `d8 k -n d8-user-authn get ingress dex`, or with `d8 k -n d8-user-authn get httproute dex` if the cluster uses the Gateway API':
    'укажите в --dex-url издателя, https://HOST/; хост администратор кластера увидит командой `d8 k -n d8-user-authn get ingress dex`, а в кластере с Gateway API — `d8 k -n d8-user-authn get httproute dex`',
  'https://dex.example.com/ is the address of the Kubernetes API, not of Dex':
    'https://dex.example.com/ — адрес API Kubernetes, а не Dex',
  'the response is a Status object of the Kubernetes API':
    'ответ — объект Status, такие присылает API Kubernetes',
  'set --dex-url to the issuer of Dex, https://HOST/; a cluster administrator sees the host with `d8 k -n d8-user-authn get ingress dex`, or with `d8 k -n d8-user-authn get httproute dex` if the cluster uses the Gateway API':
    'укажите в --dex-url издателя Dex, https://HOST/; хост администратор кластера увидит командой `d8 k -n d8-user-authn get ingress dex`, а в кластере с Gateway API — `d8 k -n d8-user-authn get httproute dex`',
  'the server redirects from http to https, or to a login page':
    'сервер перенаправляет с http на https или на страницу входа',
  'the message names the target': 'в сообщении указано, куда',
  'set the URL to the target; dexchange follows no redirects, which would send secrets to another server':
    'укажите в URL адрес, на который идёт перенаправление; сам dexchange по перенаправлениям не переходит, чтобы не отправить секреты другому серверу',
  'the URL begins with http://, but the server requires https on this port':
    'URL начинается с http://, но на этом порту сервер требует https',
  '`curl -q -sSi https://HOST/` answers': '`curl -q -sSi https://HOST/` получает ответ',
  'the scheme or port in the URL is wrong': 'неверна схема или порт в URL',
  'correct scheme and port in the URL': 'исправьте схему и порт в URL',
  'a proxy, gateway or login page responds instead of the server':
    'вместо сервера отвечает прокси, шлюз или страница входа',
  'the response is HTML, or has an unexpected Server header':
    'в ответе HTML или неожиданный заголовок Server',
  'add the host to NO_PROXY, or configure the gateway to forward /token':
    'добавьте хост в NO_PROXY или настройте шлюз так, чтобы он пропускал /token',
  'the response is 429, 502, 503 or 504': 'ответ 429, 502, 503 или 504',
  'the server is restarting or overloaded, or the ingress has no backend for it':
    'сервер перезапускается или перегружен, или в Ingress нет бэкенда для него',
  '`d8 k -n d8-user-authn get pods` shows the pods of Dex':
    '`d8 k -n d8-user-authn get pods` показывает поды Dex',
};
