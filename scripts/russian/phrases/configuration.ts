import type { Phrases } from '../translate-page.ts';

/** Problems before the first request. */
export const configurationPhrases: Phrases = {
  'a setting or token is literally `$NAME`: a shell replaces an undefined variable with nothing, but GitLab CI keeps the name of an undefined or protected variable':
    'настройка или токен — буквально `$NAME`: неопределённую переменную командная оболочка заменяет пустой строкой, а GitLab CI оставляет имя неопределённой или защищённой переменной',
  'the job does not request the identity token whose variable the value names':
    'задание не запрашивает ID-токен, переменная которого указана в значении',
  'see id_tokens: of the job in .gitlab-ci.yml': 'посмотрите id_tokens: задания в .gitlab-ci.yml',
  'add the variable to id_tokens: of the job, with the URL of Dex as aud, or with --method identity an audience of the API server':
    'добавьте переменную в id_tokens: задания: в aud укажите URL Dex, а с --method identity — audience API-сервера',
  'the variable is protected, but this branch or tag is not':
    'переменная защищена, а эта ветка или тег — нет',
  'see the variable in the CI/CD settings of the project, and the list of protected branches and tags':
    'посмотрите переменную в настройках CI/CD проекта и список защищённых веток и тегов',
  'protect the branch or tag, or remove the protection from the variable':
    'защитите ветку или тег либо снимите защиту с переменной',
  'the variable is not defined, or its name is misspelled':
    'переменная не определена, или в её имени опечатка',
  'compare the name in the message with the variables of the project and its groups':
    'сравните имя в сообщении с переменными проекта и его групп',
  'define the variable for this job, or correct its name':
    'определите переменную для этого задания или исправьте её имя',
  'a URL begins with http:// instead of https://; dexchange did not send the secret':
    'URL начинается с http:// вместо https://; dexchange не отправил секрет',
  'the URL begins with http:// by mistake': 'URL начинается с http:// по ошибке',
  '`curl -q -sS https://HOST/.well-known/openid-configuration` answers':
    '`curl -q -sS https://HOST/.well-known/openid-configuration` получает ответ',
  'change the URL to https://; if the ingress serves http only, configure a certificate for it':
    'замените http:// в URL на https://; если Ingress отвечает только по http, настройте для него сертификат',
  'the server has an internal address without TLS': 'у сервера внутренний адрес без TLS',
  'the address is internal to the cluster, such as NAME.NAMESPACE.svc':
    'это адрес внутри кластера, например NAME.NAMESPACE.svc',
  'set --allow-http if you trust that network': 'если вы доверяете этой сети, укажите --allow-http',
  'exit code 2; dexchange sent no request':
    'код завершения 2; dexchange не отправил ни одного запроса',
  'what the error message says': 'причина названа в сообщении об ошибке',
  'see step settings for the origin of each value and what it overrides':
    'шаг settings показывает, откуда взято каждое значение и что оно переопределяет',
  'follow the hint of the error message': 'следуйте подсказке (hint) в сообщении об ошибке',
  'kubectl does not pass to the plugin what the kubeconfig contains':
    'kubectl не передаёт плагину то, что записано в kubeconfig',
  'kubectl passes the cluster entry and its extension to a plugin only with provideClusterInfo: true':
    'kubectl передаёт плагину запись кластера и её расширение только с provideClusterInfo: true',
  'see users[].user.exec and clusters[].cluster.extensions in the kubeconfig':
    'посмотрите users[].user.exec и clusters[].cluster.extensions в kubeconfig',
  'add provideClusterInfo: true to the exec entry, or move the settings into its args':
    'добавьте provideClusterInfo: true в запись exec или перенесите настройки в её args',
  '`ps` shows the secret to every user of the machine, and a kubeconfig or CI log may store it':
    '`ps` показывает секрет всем пользователям машины; кроме того, он может остаться в kubeconfig или в логе CI',
  'a flag contains the secret itself': 'секрет передан прямо во флаге',
  '`ps -ef` shows it during the call': '`ps -ef` во время вызова показывает его',
  'pass the secret in a file (--…-file), with a command (--…-command) or in a variable':
    'передавайте секрет в файле (--…-file), через команду (--…-command) или в переменной',
  'every call makes an exchange: kubectl is slower, and Dex gets more requests':
    'обмен происходит при каждом вызове: kubectl работает медленнее, а Dex получает больше запросов',
  'the cache folder is open to other users, belongs to another user, or is not writable':
    'каталог кеша открыт для других пользователей, принадлежит другому пользователю или недоступен для записи',
  '`ls -ld FOLDER` shows owner and mode of the folder':
    '`ls -ld FOLDER` показывает владельца и права каталога',
  'remove the folder, or set --cache-dir to another one: it must belong to the current user and have mode 0700':
    'удалите каталог или укажите другой в --cache-dir: он должен принадлежать текущему пользователю и иметь права 0700',
  'exit code 1': 'код завершения 1',
  'a bug in dexchange': 'ошибка в самом dexchange',
  'run the call again with -v': 'повторите вызов с -v',
  'report it with the output of -v': 'сообщите об ошибке и приложите вывод -v',
  'dexchange cannot write to stdout': 'dexchange не может писать в stdout',
  'if stdout is a file, check the free space of its disk':
    'если stdout — это файл, проверьте свободное место на его диске',
  'free some space, or redirect stdout to another disk':
    'освободите место или перенаправьте stdout на другой диск',
};
