# shellcheck shell=bash
# Sourced by ./pacs: the archive as a service of systemd.

unit=/etc/systemd/system/pacs.service
target= # Files are laid down below it; empty: on this machine, where the service is started, too.

# Who may, and where to: the same for install and uninstall.
begin_service() {
  case ${1:-} in
    '') [ "$(id -u)" = 0 ] || fail "this needs root: sudo $root/pacs $command" ;;
    --root) [ -d "${2:-}" ] || fail "usage: ./pacs $command [--root DIR]"; target=$(realpath -- "$2") ;;
    *) fail "usage: ./pacs $command [--root DIR]" ;;
  esac
}

has_systemd() { [ -z "$target" ] && [ -d /run/systemd/system ]; }

install_service() {
  begin_service "$@"
  build_as_owner
  local dotnet done=installed
  dotnet=$(realpath -- "$(command -v dotnet)")
  case $dotnet in /home/* | /root/*) fail "$dotnet is in a home folder, where no service gets in: install .NET 10 for all (https://dotnet.microsoft.com/download)" ;; esac
  [ ! -e "$target$unit" ] || done=upgraded
  make_user
  if has_systemd && [ "$done" = upgraded ]; then systemctl stop pacs; fi
  lay_files "$dotnet"
  if has_systemd; then
    systemctl daemon-reload
    systemctl enable --quiet pacs
    # Returns when it serves; what the new version migrates is migrated then.
    systemctl start pacs || fail "$done, but it does not start: journalctl -u pacs -n 50 tells why; it tries again every 5 s"
  elif [ -z "$target" ]; then
    mkdir -p "${unit%/*}/multi-user.target.wants"
    ln -sf "$unit" "${unit%/*}/multi-user.target.wants/pacs.service"
    say 'systemd does not run here: the service starts with the next start of a system that it does run on'
  fi
  tell_service "$done"
}

# Whoever owns the clone goes on building in it.
build_as_owner() {
  local owner
  owner=$(stat -c %U "$root")
  install_missing
  if [ "$(id -u)" != 0 ] || [ "$owner" = root ]; then
    build_host
  else
    setpriv --reuid="$owner" --regid="$(id -g "$owner")" --init-groups -- env HOME="$(getent passwd "$owner" | cut -d: -f6)" "$root/pacs" build
  fi
}

make_user() {
  local accounts="$target/etc/passwd"
  if grep -q '^pacs:' "$accounts" 2>/dev/null; then return 0; fi
  if [ -n "$target" ] && [ ! -e "$accounts" ]; then say "no accounts in $target: the user pacs is to be made there"; return 0; fi
  useradd ${target:+--prefix "$target"} --system --user-group --home-dir /var/lib/pacs --no-create-home --shell /usr/sbin/nologin --comment 'PACS' pacs
}

lay_files() {
  local program="$target/opt/pacs" settings="$target/etc/pacs" data="$target/var/lib/pacs"
  # The program is replaced as a whole: what is there is one version or the other.
  rm -rf "$program.new" "$program.old"
  mkdir -p "$program.new" "$settings" "$data" "$target${unit%/*}" "$target/usr/local/bin"
  cp -R "${host%/*}/." "$program.new"
  rm -f "$program.new/.built"
  sed "s|@DOTNET@|$1|" "$root/service/pacs" >"$program.new/pacs"
  chmod -R u=rwX,go=rX "$program.new"
  chmod 755 "$program.new/pacs"
  if [ -e "$program" ]; then mv "$program" "$program.old"; fi
  mv "$program.new" "$program"
  rm -rf "$program.old"
  ln -sf /opt/pacs/pacs "$target/usr/local/bin/pacs"
  sed "s|@DOTNET@|$1|" "$root/service/pacs.service" >"$target$unit"
  [ -e "$settings/appsettings.json" ] || cp "$root/service/appsettings.json" "$settings/appsettings.json"
  chmod 750 "$settings" "$data"
  chmod 640 "$settings/appsettings.json"
  own "root:pacs" "$settings" "$settings/appsettings.json"
  own "pacs:pacs" "$data"
}

# By number: in another root the names are that root's.
own() {
  local user=${1%:*} group=${1#*:} uid gid
  shift
  uid=$(awk -F: -v name="$user" '$1 == name { print $3 }' "$target/etc/passwd" 2>/dev/null) || true
  gid=$(awk -F: -v name="$group" '$1 == name { print $3 }' "$target/etc/group" 2>/dev/null) || true
  if [ "$(id -u)" = 0 ] && [ -n "$uid" ] && [ -n "$gid" ]; then chown "$uid:$gid" "$@"; fi
}

tell_service() {
  cat >&2 <<EOF
$1:
  program        $target/opt/pacs
  settings       $target/etc/pacs/appsettings.json (then: systemctl restart pacs)
  data           $target/var/lib/pacs
  service        pacs.service, as the user pacs: systemctl status pacs
  log            journalctl -u pacs
  commands       pacs import|worklist|reindex|key
This clone is not needed to run it; ./pacs install of a newer one upgrades it.
EOF
}

uninstall_service() {
  begin_service "$@"
  if has_systemd && [ -e "$unit" ]; then systemctl disable --now --quiet pacs; fi
  rm -rf "$target$unit" "$target${unit%/*}/multi-user.target.wants/pacs.service" "$target/opt/pacs" "$target/opt/pacs.new" "$target/opt/pacs.old" "$target/usr/local/bin/pacs"
  if has_systemd; then systemctl daemon-reload; fi
  cat >&2 <<EOF
uninstalled. Left behind: the data in $target/var/lib/pacs, the settings in $target/etc/pacs, the user pacs.
./pacs install makes them serve again. To be rid of them: rm -r $target/var/lib/pacs $target/etc/pacs; userdel pacs
EOF
}
