import type { Phrases } from '../translate-page.ts';

/** The title of the page, its introduction, and the titles of chapters and problems. */
export const titlesPhrases: Phrases = {
  'English | [Русский](ru/troubleshooting.md)': '[English](../troubleshooting.md) | Русский',
  Troubleshooting: 'Решение проблем',
  'Dex does not tell its client why it rejects a token, but its log contains the reason:':
    'Dex не сообщает клиенту, почему он отклоняет токен, но причина есть в его логе:',
  '[dexchange does not start](#does-not-start): Alpine, PATH':
    '[dexchange не запускается](#does-not-start): Alpine, PATH',
  'dexchange does not start': 'dexchange не запускается',
  'Before the first request': 'До первого запроса',
  'the value is the name of a variable that was not expanded':
    'Вместо значения передано имя переменной',
  'the URL uses http, which would expose secrets': 'URL использует http, и секреты могут утечь',
  'the configuration is invalid': 'Неверная конфигурация',
  'the exec entry of the kubeconfig does not work as written':
    'Запись exec в kubeconfig работает не так, как написано',
  'a secret is on the command line': 'Секрет в командной строке',
  'the cache cannot be used': 'Кешем нельзя пользоваться',
  'dexchange failed with an internal error': 'Внутренняя ошибка dexchange',
  'The identity token and its IdP': 'ID-токен и его IdP',
  'there is no usable identity token': 'Нет пригодного ID-токена',
  'the CI system does not issue an identity token': 'CI-система не выдаёт ID-токен',
  'the IdP does not authenticate the client': 'IdP не аутентифицирует клиента',
  'the IdP does not issue a token': 'IdP не выдаёт токен',
  'The network': 'Сеть',
  'the certificate of HOST is signed by an unknown CA': 'Сертификат HOST подписан неизвестным CA',
  'the certificate of HOST is for another name': 'Сертификат HOST выпущен на другое имя',
  'the certificate of HOST has expired or is not yet valid':
    'Сертификат HOST истёк или ещё не действует',
  'the TLS handshake fails': 'Сбой TLS-рукопожатия',
  'the connection through the proxy fails': 'Не удаётся соединиться через прокси',
  'a server is unreachable or does not respond in time':
    'Сервер недоступен или не отвечает вовремя',
  'another server responds': 'Отвечает другой сервер',
  'a server is busy or has no backend': 'Сервер перегружен, или за ним нет бэкенда',
  'Dex: client and connector': 'Dex: клиент и коннектор',
  'Dex does not authenticate the client': 'Dex не аутентифицирует клиента',
  'the client secret works with dexchange, but not with curl -u or d8':
    'Секрет клиента подходит для dexchange, но не для curl -u и d8',
  'Dex cannot decode the client id or secret': 'Dex не может декодировать ID или секрет клиента',
  'this Dex does not support token exchange': 'Этот Dex не поддерживает обмен токена',
  'Dex does not support the token type': 'Dex не поддерживает тип токена',
  'Dex received no subject token': 'Dex не получил исходный токен (subject token)',
  'Dex has no connector CONNECTOR that supports token exchange':
    'В Dex нет коннектора CONNECTOR, который поддерживает обмен токена',
  'Dex does not allow the client or the connector to exchange tokens':
    'Dex не разрешает клиенту или коннектору обменивать токены',
  'Dex denies the exchange with an unknown error': 'Dex отказывает в обмене с неизвестной ошибкой',
  'Dex: the subject token': 'Dex: исходный токен',
  'Dex rejects the id_token as subject token for connector CONNECTOR':
    'Dex отклоняет id_token как исходный токен для коннектора CONNECTOR',
  'Dex: the audience and the issued token': 'Dex: audience и выданный токен',
  'Dex does not issue tokens for audience kubernetes to client dex-client-NAME@NAMESPACE':
    'Dex не выдаёт клиенту dex-client-NAME@NAMESPACE токены с audience kubernetes',
  'the token from Dex is not a usable credential': 'Токен от Dex непригоден как учётные данные',
  'the API server will probably reject this token': 'API-сервер, скорее всего, отклонит этот токен',
  'the issuer of Dex differs from --dex-url': 'Издатель (issuer) Dex отличается от --dex-url',
  'The Kubernetes API': 'API Kubernetes',
  'the API server rejects the token (401 Unauthorized)':
    'API-сервер отклоняет токен (401 Unauthorized)',
  'the API server authenticates the request as system:anonymous':
    'API-сервер считает запрос анонимным (system:anonymous)',
  'https://api.example.com does not respond like a Kubernetes API server':
    'https://api.example.com отвечает не так, как API-сервер Kubernetes',
  'the clocks differ by a minute or more': 'Часы расходятся на минуту или больше',
  'the API server rejects the identity token (401 Unauthorized)':
    'API-сервер отклоняет ID-токен (401 Unauthorized)',
  Permissions: 'Права доступа',
  'user EMAIL is not allowed to VERB RESOURCE (403 Forbidden)':
    'Пользователю EMAIL не разрешено VERB RESOURCE (403 Forbidden)',
  'user EMAIL is authenticated, but has no permissions in namespace NAMESPACE':
    'Пользователь EMAIL аутентифицирован, но не имеет прав в пространстве имён NAMESPACE',
  'it is not known what user EMAIL is allowed to do':
    'Неизвестно, что разрешено пользователю EMAIL',
  'Run `dexchange get-token --explain` with the arguments, variables and kubeconfig of the call that fails: it finds the problem and its likely causes, see [explain.md](explain.md). `dexchange doctor` also checks what is around the call: tools, the plugin in PATH, groups, permissions, the cache and proxies.':
    'Выполните `dexchange get-token --explain` с аргументами, переменными и kubeconfig того вызова, который завершается с ошибкой: команда найдёт проблему и её вероятные причины, см. [explain.md](../explain.md). `dexchange doctor` проверяет ещё и всё вокруг вызова: инструменты, плагин в PATH, группы, права, кеш и прокси.',
  'You only have an error message of kubectl, another client or the shell: [find it by what you see](#by-symptom).':
    'У вас есть только сообщение об ошибке от kubectl, другого клиента или командной оболочки: [найдите проблему по сообщению](#by-symptom).',
  'You have a report of --explain, or look for all causes of a problem: [all problems](#all-problems) that --explain and doctor know. Each has a symptom, and causes with a check that distinguishes them, the log line to look for, and a fix.':
    'У вас есть отчёт --explain или вы ищете все причины проблемы: [все проблемы](#all-problems), о которых знают --explain и doctor. У каждой есть симптом и причины, а у каждой причины — проверка, которая отличает её от других, строка в логе и решение.',
  'All problems': 'Все проблемы',
};
