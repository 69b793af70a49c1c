import type { Phrases } from '../translate-page.ts';

/** Why dexchange does not start. */
export const startPhrases: Phrases = {
  '`--explain` cannot report what keeps dexchange from starting. These messages come from the shell, from kubectl and from the loader of the system.':
    '`--explain` не может показать, почему не запускается сам dexchange. Эти сообщения выводят командная оболочка, kubectl и загрузчик системы.',
  'the binary is for another C library, or a library is missing':
    'Бинарный файл собран для другой библиотеки C, или не хватает библиотеки',
  'The system says "not found" although `ls` shows the file: what it does not find is the program that must load the file, or a library.':
    'Система пишет «not found», хотя `ls` показывает файл: не найдена программа, которая должна его загрузить, или библиотека.',
  where: 'где',
  'what it says': 'что выводится',
  'sh of Alpine (BusyBox), with the binary for glibc':
    'sh в Alpine (BusyBox), бинарный файл для glibc',
  '`bash: /usr/local/bin/dexchange: cannot execute: required file not found` (before 5.2: `No such file or directory`)':
    '`bash: /usr/local/bin/dexchange: cannot execute: required file not found` (до версии 5.2 — `No such file or directory`)',
  'kubectl, helm and other Go programs': 'kubectl, helm и другие программы на Go',
  'Alpine, with the binary for musl alone, or with gcompat':
    'Alpine, бинарный файл для musl без его библиотек или бинарный файл для glibc с gcompat',
  '`Error loading shared library libstdc++.so.6: No such file or directory (needed by /usr/local/bin/dexchange)`, or `Error relocating /usr/local/bin/dexchange: … symbol not found`':
    '`Error loading shared library libstdc++.so.6: No such file or directory (needed by /usr/local/bin/dexchange)` или `Error relocating /usr/local/bin/dexchange: … symbol not found`',
  'an image with glibc, but without libstdc++': 'образ с glibc, но без libstdc++',
  'an image with an old glibc': 'образ со старой glibc',
  'the binary is for glibc, and the image is Alpine':
    'бинарный файл собран для glibc, а образ — Alpine',
  '`cat /etc/os-release` names Alpine': '`cat /etc/os-release` показывает Alpine',
  'install the binary for musl (`npm run build -- --target linux-musl-x64`, or `linux-musl-arm64`). gcompat is not enough for the one for glibc':
    'установите бинарный файл для musl (`npm run build -- --target linux-musl-x64` или `linux-musl-arm64`). Для сборки под glibc одного gcompat недостаточно',
  'the binary is for musl, and its libraries are missing':
    'бинарный файл собран для musl, и не хватает его библиотек',
  '`ls /usr/lib/libstdc++.so.6 /usr/local/lib/dexchange` finds neither':
    '`ls /usr/lib/libstdc++.so.6 /usr/local/lib/dexchange` не находит ни того ни другого',
  'run `apk add libstdc++`, or install the folder `lib/dexchange` of the build next to the one that contains the binary, such as `/usr/local/lib/dexchange` for `/usr/local/bin/dexchange`':
    'выполните `apk add libstdc++` или установите каталог сборки `lib/dexchange` рядом с каталогом бинарного файла, например `/usr/local/lib/dexchange` для `/usr/local/bin/dexchange`',
  'the binary is for glibc, and the image has no libstdc++':
    'бинарный файл собран для glibc, а в образе нет libstdc++',
  'the message names `libstdc++.so.6`; the `base` variant of distroless has none':
    'в сообщении названа `libstdc++.so.6`; её нет в варианте `base` образов distroless',
  'install libstdc++ (`apt-get install -y libstdc++6`, `dnf install -y libstdc++`), use the `cc` variant of distroless, or build `linux-x64-libs`, which brings it along and needs glibc 2.36':
    'установите libstdc++ (`apt-get install -y libstdc++6`, `dnf install -y libstdc++`), возьмите вариант `cc` образов distroless или соберите `linux-x64-libs`: эта сборка содержит библиотеку и требует glibc 2.36',
  'the glibc of the image is older than 2.28': 'версия glibc в образе ниже 2.28',
  'the message names `GLIBC_2.28`': 'в сообщении названа `GLIBC_2.28`',
  'use a newer image, see [Supported job images](install.md#supported-job-images)':
    'возьмите более новый образ, см. [Supported job images](../install.md#supported-job-images)',
  'the binary is for musl, and the image has glibc':
    'бинарный файл собран для musl, а в образе glibc',
  '`ls /lib/ld-musl-*` finds nothing': '`ls /lib/ld-musl-*` ничего не находит',
  'install the binary for glibc': 'установите бинарный файл для glibc',
  'dexchange is not in PATH, or is not executable': 'dexchange нет в PATH, или файл не исполняемый',
  'kubectl, for a name that it looks up in PATH': 'kubectl, если имя ищется в PATH',
  '`exec: executable dexchange not found`, followed by the `installHint` of the kubeconfig':
    '`exec: executable dexchange not found`, затем `installHint` из kubeconfig',
  'kubectl, for a path': 'kubectl, если указан путь',
  'kubectl, for a binary of another architecture':
    'kubectl, если бинарный файл для другой архитектуры',
  'the job image does not contain the binary, or its folder is not in PATH':
    'в образе задания нет бинарного файла, или его каталога нет в PATH',
  '`command -v dexchange` prints nothing in the job':
    '`command -v dexchange` в задании ничего не выводит',
  'see [install.md](install.md)': 'см. [install.md](../install.md)',
  'the file was downloaded or copied without its mode':
    'файл скачали или скопировали без прав на исполнение',
  '`ls -l /usr/local/bin/dexchange` shows no x': 'в выводе `ls -l /usr/local/bin/dexchange` нет x',
  'make it executable, with mode 755': 'сделайте файл исполняемым, с правами 755',
  'the binary is for another architecture': 'бинарный файл собран для другой архитектуры',
  '`uname -m` is not that of the target: `x86_64` for x64, `aarch64` for arm64':
    '`uname -m` не соответствует сборке: `x86_64` — это x64, `aarch64` — arm64',
  'build the target for it, such as `npm run build -- --target linux-arm64`':
    'соберите нужный вариант, например `npm run build -- --target linux-arm64`',
};
