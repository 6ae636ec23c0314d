#!/bin/sh
# SPDX-License-Identifier: MIT
# setup.sh - are the tools here, and if not, get them.
#
#	setup.sh doctor		every tool: its version, the least that works, what to do
#	setup.sh install	quiet if all is well; else installs (Debian and its kin) or
#				says what to install (elsewhere) and fails
#	setup.sh python		the Python that has pexpect and pytest, for the system tests
#	setup.sh cross		the prefix of the cross tools
#
# Needed are make, a host C compiler, a RISC-V compiler with binutils, QEMU with OpenSBI,
# Python with pexpect and pytest, and GDB; ctags for the labs; clang only for CC=clang.
# PAGODA_OFFLINE=1 keeps install from installing.
set -u

have() { command -v "$1" >/dev/null 2>&1; }

# The first of several commands that exists, or nothing.
first() {
	for cmd in "$@"; do
		if have "$cmd"; then
			echo "$cmd"
			return
		fi
	done
}

# at_least HAVE WANT: compare dotted versions.
at_least() {
	[ "$(printf '%s\n%s\n' "$2" "$1" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)" = "$2" ]
}

version_of() { "$@" 2>/dev/null | grep -o -E '[0-9]+\.[0-9]+(\.[0-9]+)?' | head -n 1; }

cross() {
	for p in riscv64-unknown-elf- riscv64-elf- riscv64-linux-gnu-; do
		if have "${p}gcc" && have "${p}ld"; then
			echo "$p"
			return
		fi
	done
}

python() {
	for p in ${PYTHON:-} python3 /usr/bin/python3 /usr/local/bin/python3 python3.13 python3.12 \
		python3.11; do
		if have "$p" && "$p" -c 'import pexpect, pytest' 2>/dev/null; then
			command -v "$p"
			return
		fi
	done
}

opensbi() {
	for dir in /usr/share/qemu /usr/local/share/qemu /opt/homebrew/share/qemu \
		/usr/share/opensbi; do
		if [ -e "$dir/opensbi-riscv64-generic-fw_dynamic.bin" ]; then
			echo "$dir/opensbi-riscv64-generic-fw_dynamic.bin"
			return
		fi
	done
}

# Debian split QEMU's packages after version 12.
qemu_package() {
	if have apt-cache && apt-cache show qemu-system-riscv >/dev/null 2>&1; then
		echo qemu-system-riscv
	else
		echo qemu-system-misc
	fi
}

bad=0		# something needed is missing or too old
missing=""	# Debian packages

# row NAME WHERE VERSION LEAST PACKAGE NEED: one line of the doctor's table.
# NEED is yes, or what cannot be done without it.
row() {
	if [ -z "$2" ]; then
		state="missing: apt-get install $5"
	elif [ "$4" != - ] && ! at_least "${3:-0}" "$4"; then
		state="too old"
	else
		state=ok
	fi
	if [ "$state" != ok ]; then
		if [ "$6" = yes ]; then
			bad=1
			missing="$missing $5"
		else
			state="$state (only for $6)"
		fi
	fi
	if [ "$mode" = doctor ]; then
		printf '%-22s %-10s %-8s %s\n' "$1" "${3:--}" "$4" "$state"
	fi
}

check() {
	[ "$mode" = doctor ] && printf '%-22s %-10s %-8s %s\n' TOOL VERSION LEAST ""
	p=$(cross)
	pre=${p:-riscv64-unknown-elf-}
	hostcc=$(first "${HOSTCC:-cc}" gcc clang)
	gdb=$(first gdb-multiarch "${pre}gdb" riscv64-unknown-elf-gdb riscv64-elf-gdb)
	py=$(first "${PYTHON:-python3}")
	tested=$(python)
	row make "$(first make)" "$(version_of make --version)" 4.0 make yes
	row "C compiler (host)" "$hostcc" "$(version_of ${hostcc:-cc} --version)" 9.0 gcc yes
	row libc-dev "$(echo '#include <stdio.h>' | ${hostcc:-cc} -E - >/dev/null 2>&1 && echo yes)" \
		"" - libc6-dev yes
	row "${pre}gcc" "$(first "${pre}gcc")" "$(version_of "${pre}gcc" --version)" 10.0 \
		gcc-riscv64-unknown-elf yes
	row "${pre}ld" "$(first "${pre}ld")" "$(version_of "${pre}ld" --version)" 2.35 \
		binutils-riscv64-unknown-elf yes
	row qemu-system-riscv64 "$(first qemu-system-riscv64)" \
		"$(version_of qemu-system-riscv64 --version)" 7.0 "$(qemu_package)" yes
	row OpenSBI "$(opensbi)" "" - opensbi yes
	row python3 "$py" "$(version_of "${py:-python3}" --version)" 3.8 python3 yes
	row pexpect "$tested" "$([ -n "$tested" ] && \
		version_of "$tested" -c 'import pexpect; print(pexpect.__version__)')" 4.0 python3-pexpect yes
	row pytest "$tested" "$([ -n "$tested" ] && version_of "$tested" -m pytest --version)" 6.0 \
		python3-pytest yes
	row GDB "$gdb" "$(version_of "${gdb:-gdb}" --version)" 10.0 gdb-multiarch yes
	row clang "$(first clang)" "$(version_of clang --version)" 14.0 clang yes
	row clang-format "$(first clang-format)" "$(version_of clang-format --version)" 14.0 \
		clang-format "make format"
	row clang-tidy "$(first clang-tidy)" "$(version_of clang-tidy --version)" 14.0 \
		clang-tidy "make check"
	row sparse "$(first sparse)" "$(version_of sparse --version)" 0.6.4 sparse "make check"
	row ctags "$(first ctags)" "$(version_of ctags --version)" 5.9 universal-ctags yes
}

elsewhere() {
	cat >&2 <<-END
	Pagoda needs tools that are not here ("make doctor" lists them), and this is not a
	Debian or Ubuntu system, so please install them yourself:

	  Fedora    sudo dnf install make gcc gcc-riscv64-linux-gnu binutils-riscv64-linux-gnu \\
	            qemu-system-riscv-core opensbi python3 python3-pexpect python3-pytest gdb clang
	  Arch      sudo pacman -S make gcc riscv64-elf-gcc riscv64-elf-binutils \\
	            qemu-system-riscv python python-pexpect python-pytest riscv64-elf-gdb clang
	  Homebrew  brew install make riscv64-elf-gcc riscv64-elf-binutils riscv64-elf-gdb qemu python llvm
	            python3 -m pip install pexpect pytest
	            (and use gmake: the system's make is too old)
	END
	exit 1
}

mode=${1:-doctor}
case $mode in
cross)
	cross
	;;
python)
	python
	;;
doctor)
	check
	if [ $bad -ne 0 ]; then
		echo
		if have apt-get; then
			echo "Any make target installs what is missing; or by hand:"
			echo "    sudo apt-get install$missing"
		else
			elsewhere
		fi
		exit 1
	fi
	echo "Everything is here."
	;;
install)
	check
	[ $bad -eq 0 ] && exit 0
	have apt-get || elsewhere
	if [ "$(id -u)" -eq 0 ]; then
		as_root=""
	elif have sudo; then
		as_root=sudo
	else
		as_root=""
	fi
	echo "Missing:$missing" >&2
	if [ -n "${PAGODA_OFFLINE:-}" ] || { [ "$(id -u)" -ne 0 ] && [ -z "$as_root" ]; }; then
		echo "As root, please: apt-get install$missing" >&2
		exit 1
	fi
	echo "Installing with: $as_root apt-get install$missing" >&2
	$as_root apt-get update -q >&2 || echo "(apt-get update failed; trying all the same)" >&2
	# shellcheck disable=SC2086
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
		$missing >&2 || exit 1
	bad=0
	missing=""
	check
	if [ $bad -ne 0 ]; then
		echo "Still missing or too old:$missing. \"make doctor\" says more." >&2
		exit 1
	fi
	;;
*)
	echo "setup.sh: expected doctor, install, python or cross" >&2
	exit 2
	;;
esac
