#!/bin/sh
# Installs dexchange from the files of a release; `sh install.sh --help` says how.
# For BusyBox, dash, bash and other POSIX shells. Nothing runs before the last line, so a part of this
# file does nothing.

# A release fills in these three.
release_version='0.1.0'
release_url=''
release_public_key=''

set -u
# Some runners have umask 0000; the program and its folder must not be writable by others.
umask 022

usage() {
  cat <<END
Installs dexchange from the files of a release.

Usage:
  sh install.sh [--url ADDRESS] [--version VERSION] [--checksum SHA256] [--to FOLDER]

Options, each with the variable that also sets it:
  --url ADDRESS         folder of the release files; {version} in it becomes the version
                        (DEXCHANGE_INSTALL_URL; default: ${release_url:-none, so it must be set})
  --version VERSION     such as 0.1.0 (DEXCHANGE_INSTALL_VERSION; default: $release_version)
  --checksum SHA256     SHA-256 of checksums.txt, which covers every platform, or of the archive for
                        this platform (DEXCHANGE_INSTALL_CHECKSUM)
  --to FOLDER           where to install (DEXCHANGE_INSTALL_TO; default: /usr/local/bin if it is
                        writable, else ~/.local/bin)
  --public-key KEY      minisign key of the releases, RW... (DEXCHANGE_INSTALL_PUBLIC_KEY)
  --require-signature   fail if the signature cannot be verified
  --platform OS_ARCH    such as linux-musl_amd64, instead of what is detected
  --force               install without a look at what is there already
  --help                print this text

A header for the download goes into the variable DEXCHANGE_INSTALL_HEADER, for example
"JOB-TOKEN: \$CI_JOB_TOKEN" for the package registry of GitLab; it needs curl. Proxies are
configured by the usual variables (https_proxy, no_proxy).

Exit codes: 0 installed, or there already; 2 usage; 3 platform or tools; 4 download;
5 checksum or signature; 6 target folder; 7 the program does not start here.
END
}

tmp=''
child=''
signature=unverified
certificates=verified
new_folder=''

# fail CODE MESSAGE [HINT]
fail() {
  printf 'install.sh: %s\n' "$2" >&2
  [ -z "${3-}" ] || printf 'hint: %s\n' "$3" >&2
  exit "$1"
}

say() { printf 'install.sh: %s\n' "$1"; }

have() { command -v "$1" >/dev/null 2>&1; }

# Ends what runs, and removes what is not installed.
clean_up() {
  trap '' HUP INT TERM
  if [ -n "$child" ]; then
    kill "$child" 2>/dev/null
    wait "$child" 2>/dev/null
  fi
  [ -z "$tmp" ] || rm -rf "$tmp"
  if [ "$1" != 0 ] && [ -n "$new_folder" ]; then
    find "$new_folder" -depth -type d -exec rmdir {} \; 2>/dev/null
  fi
  exit "$1"
}

# Runs a program in the background, because a shell handles a signal only after the program in the
# foreground has ended.
run() {
  "$@" &
  child=$!
  wait "$child"
  set -- "$?"
  child=''
  return "$1"
}

read_arguments() {
  version=${DEXCHANGE_INSTALL_VERSION:-$release_version}
  url=${DEXCHANGE_INSTALL_URL:-$release_url}
  checksum=${DEXCHANGE_INSTALL_CHECKSUM:-}
  to=${DEXCHANGE_INSTALL_TO:-}
  public_key=${DEXCHANGE_INSTALL_PUBLIC_KEY:-$release_public_key}
  header=${DEXCHANGE_INSTALL_HEADER:-}
  platform=''
  require_signature=no
  force=no
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h) usage; exit 0 ;;
      --require-signature) require_signature=yes; shift; continue ;;
      --force) force=yes; shift; continue ;;
      --*=*) option=${1%%=*}; value=${1#*=}; shift ;;
      --*) option=$1; value=${2-}; shift; [ $# = 0 ] || shift ;;
      *) fail 2 "unexpected argument $1" 'see sh install.sh --help' ;;
    esac
    case $option in
      --url) url=$value ;;
      --version) version=$value ;;
      --checksum) checksum=$value ;;
      --to) to=$value ;;
      --public-key) public_key=$value ;;
      --platform) platform=$value ;;
      *) fail 2 "unknown option $option" 'see sh install.sh --help' ;;
    esac
    [ -n "$value" ] || fail 2 "$option needs a value"
  done
}

check_arguments() {
  version=${version#v}
  is_version "$version" ||
    fail 2 'the version is not valid' 'set --version to the number of a release, such as 0.1.0'
  [ -n "$url" ] || fail 2 'it is not known where the releases are' \
    'set --url or DEXCHANGE_INSTALL_URL to the folder of the release files, such as https://HOST/FOLDER/{version}'
  if [ -n "$checksum" ]; then
    checksum=$(printf '%s' "${checksum#sha256:}" | tr 'A-F' 'a-f')
    is_sha256 "$checksum" || fail 2 '--checksum is not a SHA-256 (64 hexadecimal digits)'
  fi
  check_url
  [ -z "$platform" ] || is_platform "$platform" ||
    fail 2 'unknown platform' 'use OS_ARCH of a release file, such as linux_amd64'
}

is_version() {
  case $1 in
    *[!0-9A-Za-z.+-]* | [!0-9]*) return 1 ;;
    *.*.*) return 0 ;;
  esac
  return 1
}

is_platform() {
  case $1 in
    *[!a-z0-9_-]*) return 1 ;;
    linux*_amd64 | linux*_arm64 | darwin_amd64 | darwin_arm64) return 0 ;;
  esac
  return 1
}

is_sha256() {
  case $1 in *[!0-9a-f]*) return 1 ;; esac
  [ "${#1}" = 64 ]
}

check_url() {
  case $url in *[!!-~]* | *[\"\\]*) fail 2 'the address contains a character that is not allowed' ;; esac
  mark='{version}'
  while :; do
    case $url in
      *"$mark"*) url=${url%%"$mark"*}$version${url#*"$mark"} ;;
      */) url=${url%/} ;;
      *) break ;;
    esac
  done
  host=${url#*://}
  host=${host%%/*}
  case $host in
    *@*) fail 2 'the address contains a password' 'use DEXCHANGE_INSTALL_HEADER, or a .netrc file' ;;
  esac
  protocols='=https'
  case $url in
    https://?*) return ;;
    http://127.0.0.1* | http://localhost* | 'http://[::1]'*) ;;
    http://?*)
      [ -z "$header" ] || fail 2 'DEXCHANGE_INSTALL_HEADER needs an https address'
      [ -n "$checksum" ] || [ "$require_signature" = yes ] ||
        fail 2 'the address is not https' 'use https, or add --checksum'
      ;;
    *) fail 2 'the address is not a URL' 'use an address such as https://HOST/FOLDER/{version}' ;;
  esac
  protocols='=http,https'
}

detect_platform() {
  case $(uname -s) in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    *) fail 3 "there is no build for $(uname -s)" \
      'on Windows, unpack dexchange_VERSION_windows_amd64.zip into a folder of PATH' ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) arch=amd64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) fail 3 "there is no build for $(uname -m)" 'use a machine with x86-64 or 64-bit ARM' ;;
  esac
  if [ "$os" = linux ]; then
    if uses_musl; then os=linux-musl; fi
  # A shell that Rosetta translates runs on Apple silicon.
  elif [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" = 1 ]; then
    arch=arm64
  fi
  platform=${os}_$arch
}

# Which of the two C libraries belongs to the system; either may be installed beside the other. ldd
# belongs to one of them, and musl's fails with --version after it has printed its name.
uses_musl() {
  case $(ldd --version 2>&1) in
    *musl*) return 0 ;;
    *GNU* | *GLIBC*) return 1 ;;
  esac
  for loader in /lib/ld-musl-*.so.1; do
    [ -e "$loader" ] && return 0
  done
  return 1
}

find_tools() {
  for tool in mktemp tar find sed; do
    have "$tool" || fail 3 "$tool is missing" "install $tool"
  done
  if have sha256sum; then
    hash_tool='sha256sum'
  elif have shasum; then
    hash_tool='shasum -a 256'
  elif have openssl; then
    hash_tool='openssl dgst -sha256 -r'
  else
    fail 3 'no tool for SHA-256 was found' 'install sha256sum (coreutils), shasum or openssl'
  fi
  if have curl; then
    downloader=curl
  elif have wget; then
    downloader=wget
  else
    fail 3 'no tool for downloads was found' 'install curl or wget'
  fi
  [ -z "$header" ] || [ "$downloader" = curl ] ||
    fail 3 'DEXCHANGE_INSTALL_HEADER needs curl' 'install curl; wget would show the header in the list of processes'
  # wget and BusyBox read only these names.
  https_proxy=${https_proxy:-${HTTPS_PROXY:-}}
  no_proxy=${no_proxy:-${NO_PROXY:-}}
  [ -z "$https_proxy" ] || export https_proxy
  [ -z "$no_proxy" ] || export no_proxy
}

sha256() {
  # shellcheck disable=SC2086 # the tool and its arguments
  $hash_tool "$1" | sed 's/[ *\\].*//'
}

# Everything happens in a private folder in the target folder: renaming within one file system is
# atomic, and no other user can change what has been checked.
open_target() {
  if [ -z "$to" ]; then
    if [ -d /usr/local/bin ] && [ -w /usr/local/bin ]; then
      to=/usr/local/bin
    elif [ -n "${HOME-}" ]; then
      to=$HOME/.local/bin
    else
      fail 6 '/usr/local/bin is not writable, and HOME is not set' 'set --to'
    fi
  fi
  case $to in /*) ;; *) to=$(pwd)/$to ;; esac
  if [ ! -d "$to" ]; then
    missing=$to
    while [ ! -e "$missing" ]; do
      new_folder=$missing
      missing=${missing%/*}
      missing=${missing:-/}
    done
    mkdir -p "$to" 2>/dev/null || fail 6 "cannot create $to" 'set --to to a folder that you can write to'
  fi
  to=$(cd "$to" && pwd)
  # Left behind by a process that was killed with SIGKILL or lost power.
  find "$to" -maxdepth 1 -name '.dexchange-install.*' -mmin +60 -exec rm -rf {} \; 2>/dev/null
  tmp=$(mktemp -d "$to/.dexchange-install.XXXXXX" 2>/dev/null)
  [ -n "$tmp" ] || fail 6 "cannot write to $to" 'set --to to a folder that you can write to'
  [ ! -d "$to/dexchange" ] || fail 6 "$to/dexchange is a folder" 'remove it, or set --to'
}

# download NAME: fetches a file of the release into the private folder.
download() {
  for attempt in 1 2 3; do
    if "get_with_$downloader" "$url/$1" "$tmp/$1" 2>"$tmp/error"; then
      # BusyBox without a TLS library says so, and goes on.
      case $(cat "$tmp/error") in *'validation not implemented'*) certificates=unverified ;; esac
      return 0
    fi
    # curl and wget add advice after the reason, such as not to check the certificate.
    reason=$(LC_ALL=C tr -cd '\040-\176\n' <"$tmp/error" | sed -n -e '/^wget: note/d' \
      -e '/^curl: /{p;q;}' -e '/^wget: /{p;q;}' -e '/ERROR/{p;q;}' -e '/failed/{p;q;}')
    # The server knows no such file, or does not let us have it: another attempt changes nothing.
    case $reason in *' 40'[0134]* | *' 410'*) break ;; esac
    [ "$attempt" = 3 ] || run sleep "$attempt"
  done
  case $reason in
    *certificate*) hint='if its CA is private, set CURL_CA_BUNDLE to a file with the CA, and use curl' ;;
    *) hint='check the version, the address, the proxy settings and the free space' ;;
  esac
  fail 4 "cannot download $url/$1: ${reason:-$downloader failed}" "$hint"
}

get_with_curl() {
  if [ -z "$header" ]; then
    curl_to "$2" "$1" --location
    return
  fi
  # A redirect leads to another server, such as a store of objects, which must not get the header.
  (umask 077 && printf '%s\n' "$header" >"$tmp/header")
  curl_to "$2" "$1" --header "@$tmp/header" --write-out '%{redirect_url}' >"$tmp/redirect" || return
  redirect=$(cat "$tmp/redirect")
  [ -z "$redirect" ] || curl_to "$2" "$redirect" --location
}

# curl_to FILE ADDRESS [ARGUMENT...]. The address of a redirect may contain a signature, so it goes into
# a file instead of the list of processes.
curl_to() {
  file=$1
  (umask 077 && printf 'url = "%s"\n' "$2" >"$tmp/address")
  shift 2
  run curl --fail --silent --show-error --proto "$protocols" --proto-redir "$protocols" \
    --connect-timeout 20 --speed-limit 1000 --speed-time 30 \
    --output "$file" --config "$tmp/address" "$@"
}

get_with_wget() {
  # GNU wget says nothing with -q, not even why it failed; BusyBox knows no -nv, and -T only if it was
  # built with it.
  case $(wget --help 2>&1) in
    *GNU*) run wget -nv --tries=1 --timeout=30 -O "$2" "$1" ;;
    *'-T SEC'*) run wget -q -T 30 -O "$2" "$1" ;;
    *) run wget -q -O "$2" "$1" ;;
  esac
}

# Sets `sum` to the checksum of the archive, from a checksums.txt that has been verified.
verify_checksums() {
  download checksums.txt
  verify_signature
  sum=$(sed -n "s/^\([0-9a-f]*\) [ *]$(printf '%s' "$archive" | sed 's/\./\\./g')\$/\1/p" "$tmp/checksums.txt")
  is_sha256 "$sum" || fail 5 "checksums.txt has no checksum of $archive" \
    'check that the release has a build for this platform'
  if [ -z "$checksum" ]; then
    [ "$certificates" = verified ] || [ "$signature" = verified ] ||
      fail 5 'this wget does not verify the certificate of the server: nothing was installed' \
        'install curl, or add --checksum'
    return 0
  fi
  [ "$checksum" = "$sum" ] || [ "$checksum" = "$(sha256 "$tmp/checksums.txt")" ] ||
    fail 5 "neither checksums.txt nor $archive has the checksum of --checksum: nothing was installed" \
      'compare --version and --checksum with the release; if they are right, the files were changed'
}

verify_signature() {
  verifier=''
  if [ -z "$public_key" ]; then
    reason='there is no public key'
  elif have minisign; then
    verifier=verify_with_minisign
  else
    case $(openssl version 2>/dev/null) in
      'OpenSSL '[3-9]*) verifier=verify_with_openssl ;;
      *) reason='neither minisign nor OpenSSL 3 was found' ;;
    esac
  fi
  if [ -z "$verifier" ]; then
    [ "$require_signature" = no ] || fail 5 "cannot verify the signature: $reason" \
      'install minisign, and set --public-key'
    [ -n "$checksum" ] || say "the signature is not verified: $reason"
    return 0
  fi
  download checksums.txt.minisig
  "$verifier" || fail 5 'the signature of checksums.txt is wrong: nothing was installed' \
    'if --public-key is right, the files were changed'
  signature=verified
}

verify_with_minisign() {
  minisign -V -q -P "$public_key" -m "$tmp/checksums.txt" -x "$tmp/checksums.txt.minisig" >/dev/null 2>&1
}

# A signature of minisign is "ED", the id of the key (8 bytes) and an Ed25519 signature of the BLAKE2b-512
# hash of the file; a key is "Ed", its id and the 32 bytes of the key. OpenSSL wants the latter as
# SubjectPublicKeyInfo (RFC 8410).
verify_with_openssl() {
  printf '%s\n' "$public_key" | openssl base64 -d -A >"$tmp/key" 2>/dev/null
  sed -n 2p "$tmp/checksums.txt.minisig" | openssl base64 -d -A >"$tmp/signature" 2>/dev/null
  part signature 10 64 >"$tmp/signature.raw"
  {
    printf '\060\052\060\005\006\003\053\145\160\003\041\000'
    part key 10 32
  } >"$tmp/key.der"
  openssl dgst -blake2b512 -binary "$tmp/checksums.txt" >"$tmp/hash" 2>/dev/null &&
    openssl pkeyutl -verify -pubin -keyform DER -inkey "$tmp/key.der" -rawin -in "$tmp/hash" \
      -sigfile "$tmp/signature.raw" >/dev/null 2>&1
}

# part FILE OFFSET LENGTH
part() { dd if="$tmp/$1" bs=1 skip="$2" count="$3" 2>/dev/null; }

unpack() {
  download "$archive"
  [ "$(sha256 "$tmp/$archive")" = "$sum" ] || fail 5 "$archive does not have the checksum of the release: nothing was installed" \
    'try again; if it stays, a proxy or the server changes the file'
  mkdir "$tmp/unpacked"
  run tar -xzof "$tmp/$archive" -C "$tmp/unpacked" 2>"$tmp/error" ||
    fail 6 "cannot unpack $archive in $to: $(sed -n 1p "$tmp/error")" \
    'check the free space of the folder'
  rm "$tmp/$archive"
  # Builds for musl bring libraries, which the program looks for in ../lib/dexchange.
  program=$tmp/unpacked/dexchange
  [ -f "$program" ] || program=$tmp/unpacked/bin/dexchange
  if [ ! -f "$program" ] || [ -L "$program" ]; then fail 5 "$archive contains no dexchange"; fi
  chmod 755 "$program"
}

check_start() {
  output=$("$program" version 2>&1 </dev/null)
  case $output in
    "dexchange $version" | "dexchange $version"[!0-9A-Za-z.+-]*) return 0 ;;
    'dexchange '[0-9]*) fail 5 "$archive contains another version than $version: nothing was installed" ;;
  esac
  fail 7 "the program for $platform does not start here: $(printf '%s\n' "$output" | LC_ALL=C tr -cd '\040-\176\n' | sed -n '1p')" \
    'see docs/install.md; --platform chooses another build'
}

put_in_place() {
  if [ -d "$tmp/unpacked/lib/dexchange" ]; then
    # The program resolves links before it looks into the folder beside its own.
    libraries=$(cd -P "$to/.." && pwd)/lib/dexchange
    chmod -R u=rwX,go=rX "$tmp/unpacked/lib/dexchange"
    if ! { mkdir -p "$libraries" && mv -f "$tmp/unpacked/lib/dexchange"/* "$libraries"; } 2>/dev/null; then
      fail 6 "cannot write to $libraries, where the program needs its libraries" \
        'set --to to a folder whose parent you can write to, such as ~/.local/bin'
    fi
  fi
  mv -f "$program" "$to/dexchange" || fail 6 "cannot write $to/dexchange"
}

# The version of a program that is there already; empty if there is none, or if it does not start.
version_of() {
  [ -f "$1" ] && [ -x "$1" ] || return 0
  "$1" version 2>/dev/null </dev/null | sed -n '1s/^dexchange \([^ ]*\).*/\1/p'
}

main() {
  read_arguments "$@"
  check_arguments
  [ -n "$platform" ] || detect_platform
  archive=dexchange_${version}_$platform.tar.gz
  trap 'clean_up $?' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  find_tools
  open_target
  # With --force, what is there may be from someone else, and does not run.
  old=''
  [ "$force" = yes ] || old=$(version_of "$to/dexchange")
  if [ "$old" = "$version" ]; then
    say "dexchange $version is in $to already"
    exit 0
  fi
  verify_checksums
  unpack
  check_start
  put_in_place
  say "installed dexchange $version ($platform) in $to${old:+, instead of $old}"
  case :${PATH-}: in *:"$to":*) ;; *) say "add $to to PATH" ;; esac
}

main "$@"
