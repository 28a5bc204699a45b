#!/usr/bin/env bats
# What is installed where, with a package manager that only notes what it is asked for.
bats_require_minimum_version 1.5.0

load helper

setup_file() {
	without_dockerd
}

# A machine with nothing but these commands, and these packages "in the archive".
bare_machine() {
	mkdir -p "$WORK/bin"
	for command in bash sh sed grep id mktemp rm tail; do
		ln -s "$(command -v $command)" "$WORK/bin/$command"
	done
	printf '#!/bin/sh\nexit 1\n' >"$WORK/bin/dpkg-query"
	printf '#!/bin/sh\necho "$*" >>"%s"\n' "$WORK/asked" >"$WORK/bin/apt-get"
	printf '#!/bin/sh\necho " %s " | grep -q " $2 "\n' "$*" >"$WORK/bin/apt-cache"
	chmod +x "$WORK/bin/"*
}

install_packages() {
	# the script looks for /usr/sbin/dockerd too, which this machine has
	sed "s#/usr/sbin/dockerd#$WORK/none#" "$DE_ROOT/deploy/install-packages" >"$WORK/install-packages"
	PATH=$WORK/bin run bash "$WORK/install-packages" "$@"
	echo "$output"
	[ "$status" = 0 ]
}

@test "an engine and its command are installed where there are none" {
	bare_machine docker.io # Debian 12
	install_packages engine
	grep -q "^install .* docker.io busybox-static" "$WORK/asked"
	not grep -q docker-cli "$WORK/asked"
	rm "$WORK/asked"
	bare_machine_13
	install_packages engine
	grep -q "^install .* docker.io docker-cli busybox-static" "$WORK/asked"
}

bare_machine_13() {
	rm -r "$WORK/bin"
	bare_machine docker.io docker-cli
}

@test "an engine of another origin is left alone" {
	bare_machine docker.io docker-cli
	printf '#!/bin/sh\n' | tee "$WORK/bin/dockerd" >"$WORK/bin/docker"
	chmod +x "$WORK/bin/docker"*
	install_packages engine
	grep -q "^install .* busybox-static" "$WORK/asked"
	not grep -qwE "docker\.io|docker-cli" "$WORK/asked"
	install_packages test
	not grep -qwE "docker\.io|docker-cli" "$WORK/asked"
}

@test "Ubuntu's bpftool comes with its kernel's tools; where there is none, what to install is said" {
	bare_machine linux-tools-common linux-tools-generic pkg-config
	install_packages build
	grep -q "^install .* linux-tools-common linux-tools-generic " "$WORK/asked"
	not grep -qw bpftool "$WORK/asked"
	rm -r "$WORK/bin" "$WORK/asked"
	bare_machine bpftool
	install_packages build
	grep -qw bpftool "$WORK/asked"
	run make -s -C "$DE_ROOT" BPFTOOL="$WORK/none" packages
	[ "$status" != 0 ]
	[[ "$output" == *"no bpftool: "*"linux-tools-generic"*"BPFTOOL="* ]]
}
