# SPDX-License-Identifier: MIT
#
# Makefile - builds the kernel, the programs, the disk image; runs and tests them.
# "make help" lists what one can ask for.
#
#	build/			gcc; build-clang/ with CC=clang
#	  kernel.elf kernel.bin	the kernel, with debug information and as it is booted
#	  System.map		its symbols
#	  gen/			generated sources
#	  user/			programs with debug information, lib/libc.a
#	  root/			what goes into the image
#	  fs.img		the image
#	build-debug/ ...	the kernel again with DEBUG=1, KTEST=1; image as above
#	build/host/		programs of this machine: mkfs, fsck, unit tests
#
# Every object depends on a file that holds its compile command, so that a change of
# flags or compiler rebuilds what it touches and nothing else.

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

CROSS ?= $(or $(shell sh scripts/setup.sh cross),riscv64-unknown-elf-)
CROSS := $(CROSS)
ifeq ($(origin CC),default)
CC := gcc
endif
HOSTCC ?= cc
PYTHON ?= python3
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s%s\n' '$(1)' '$(patsubst $(CURDIR)/%,%,$(2))')

# --- which build ---

variant := $(if $(filter clang%,$(notdir $(CC))),-clang)$(if $(DEBUG),-debug)$(if $(KTEST),-ktest)
# SLAB=slab|slub|slob: the layout of the kernel's object caches (kernel/mm/kmem/README.md)
ifneq ($(SLAB),)
$(if $(filter slab slub slob,$(SLAB)),,$(error SLAB=$(SLAB): expected slab, slub or slob))
variant := $(variant)-$(SLAB)
KCONFIG += -DCONFIG_$(if $(filter slab,$(SLAB)),SLAB,$(if $(filter slub,$(SLAB)),SLUB,SLOB))
endif
B := build$(variant)$(if $(VARIANT),-$(VARIANT))
# Programs and image are the same for every kernel of one compiler.
UB := build$(if $(filter clang%,$(notdir $(CC))),-clang)
H := build/host

ifneq ($(filter clang%,$(notdir $(CC))),)
TARGET_CC := $(CC) --target=riscv64-unknown-elf -nostdlibinc
warn_cc := -Wno-unused-command-line-argument -Wno-gnu-variable-sized-type-not-at-end
else ifneq ($(filter gcc cc,$(CC)),)
TARGET_CC := $(CROSS)gcc
else
TARGET_CC := $(CC)
endif
LD := $(CROSS)ld
AR := $(CROSS)ar
NM := $(CROSS)nm
OBJCOPY := $(CROSS)objcopy
READELF := $(CROSS)readelf

# --- first of all: is everything installed? (setup.sh installs it on Debian) ---

needs_no_tools := help doctor clean format setup
ifneq ($(filter-out $(needs_no_tools),$(or $(MAKECMDGOALS),all)),)
-include build/.setup.mk
endif

build/.setup.mk: scripts/setup.sh
	@mkdir -p $(@D)
	@sh scripts/setup.sh install
	@echo '# scripts/setup.sh has found everything' > $@

# --- flags ---

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes $(warn_cc)
# Older clangs have these two extensions in "i" and do not know their names.
march := rv64imac_zicsr_zifencei
ifneq ($(filter clang%,$(notdir $(CC))),)
march := $(shell $(TARGET_CC) -march=$(march) -c -x c /dev/null -o /dev/null 2>/dev/null && \
	echo $(march) || echo rv64imac)
endif
KCFLAGS := -std=gnu11 -O2 -g -march=$(march) -mabi=lp64 -mcmodel=medany \
	-ffreestanding -fno-common -fno-pic -nostdlib -fno-omit-frame-pointer \
	-fno-strict-aliasing -fno-delete-null-pointer-checks -fno-stack-protector \
	-fno-asynchronous-unwind-tables \
	$(WARN) -Wframe-larger-than=2048 -D__KERNEL__ -Ikernel -I$(B)/gen \
	$(if $(DEBUG),-DCONFIG_DEBUG) $(if $(KTEST),-DCONFIG_KTEST -I.) $(KCONFIG)
# Assembly saves the user's floating-point registers; C must not touch them.
KASFLAGS = $(patsubst -march=%,-march=rv64gc,$(KCFLAGS))
UCFLAGS := -std=gnu11 -O2 -g -march=rv64gc -mabi=lp64d -mcmodel=medany -ffreestanding -fno-builtin \
	-fno-common -fno-pic -fno-pie -nostdlib -fno-omit-frame-pointer -fno-stack-protector \
	-fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections -fno-math-errno \
	-Iuser/include -Iuser/compat -Ikernel -I$(UB)/gen
UWARN := $(WARN)
XWARN := -Wall $(warn_cc) \
	$(if $(filter clang%,$(notdir $(CC))),-Wno-unknown-warning-option) -Wno-infinite-recursion
HCFLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Wshadow -Wno-missing-field-initializers -Ikernel -I.
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
DEP = -MMD -MP

KLDFLAGS := -nostdlib -static -z max-page-size=4096 -z noexecstack --no-dynamic-linker --build-id=none \
	$(shell $(LD) --help 2>/dev/null | grep -o -- --no-warn-rwx-segments) \
	$(if $(LOOSE),--warn-unresolved-symbols) -T kernel/kernel.ld
ULDFLAGS := -nostdlib -static -z max-page-size=4096 -z noexecstack --build-id=none --gc-sections \
	-T user/user.ld
# The compiler's own helpers (128-bit division and the like), for programs only.
LIBGCC = $(shell $(CROSS)gcc -march=rv64gc -mabi=lp64d -print-libgcc-file-name 2>/dev/null)

# --- what there is ---

KSRC := $(sort $(shell find kernel -name '*.[cS]' ! -path 'kernel/gdb/*'))
KTESTSRC := $(if $(KTEST),$(sort $(wildcard tests/kernel/*.c)))
# A student's tree (labs/handout makes one) has its labs' test drivers in its kernel.
LABKSRC := $(if $(wildcard labs/ASSIGNED),$(sort $(wildcard labs/*/kernel/*.c)))
KOBJ := $(patsubst %,$(B)/%.o,$(basename $(KSRC) $(KTESTSRC) $(LABKSRC))) $(B)/gen/syscall_table.o
ULIBSRC := $(sort $(wildcard user/lib/*.c user/lib/*.S))
ULIBOBJ := $(patsubst %,$(UB)/%.o,$(basename $(filter-out user/lib/crt0.S,$(ULIBSRC)))) $(UB)/gen/usys.o
CRT0 := $(UB)/user/lib/crt0.o
UPROGS := $(patsubst user/%.c,$(UB)/root/bin/%,$(wildcard user/*.c)) \
	$(patsubst tests/bench/%.c,$(UB)/root/bench/%,$(wildcard tests/bench/*.c)) \
	$(patsubst tests/user/%.c,$(UB)/root/tests/%,$(wildcard tests/user/*.c))
# ... and their programs in its image.
LABPROGS := $(if $(wildcard labs/ASSIGNED),$(sort $(wildcard labs/*/programs/*.c)))
XSRC := $(LABPROGS) $(USERPROGS_EXTRA)
XNAMES := $(notdir $(basename $(XSRC)))
XPROGS := $(addprefix $(UB)/root/bin/,$(XNAMES))
ROOTFILES := $(shell test -d user/root && find user/root -type f)
MKFSCOMMON := $(filter-out mkfs/mkfs.c mkfs/fsck.c,$(wildcard mkfs/*.c)) \
	kernel/fs/pfs/check.c kernel/fs/pfs/recover.c

ifneq ($(words $(XNAMES)),$(words $(sort $(XNAMES))))
$(error USERPROGS_EXTRA: two programs have the same name)
endif
$(foreach x,$(XSRC),$(if $(wildcard $(x)),,$(error USERPROGS_EXTRA: there is no file $(x))) \
	$(if $(filter %.c,$(x)),,$(error USERPROGS_EXTRA: $(x) is not a .c file)))

.PHONY: all kernel image FORCE
all: kernel image
kernel: $(B)/kernel.elf $(B)/kernel.bin $(B)/System.map
image: $(UB)/fs.img
FORCE:

# $(call remember,text): a file that changes only when the text does.
remember = @mkdir -p $(@D); printf '%s\n' '$(1)' | cmp -s - $@ || printf '%s\n' '$(1)' > $@

$(B)/gen/kernel.flags: FORCE
	$(call remember,$(TARGET_CC) $(KCFLAGS))
$(UB)/gen/user.flags: FORCE
	$(call remember,$(TARGET_CC) $(UCFLAGS))
$(UB)/gen/extra.list: FORCE
	$(call remember,$(XSRC))
$(UB)/gen/root.list: FORCE
	$(call remember,$(UPROGS) $(XPROGS) $(ROOTFILES) $(FSSIZE))
$(B)/gen/kernel.list: FORCE
	$(call remember,$(KOBJ))
$(UB)/gen/ulib.list: FORCE
	$(call remember,$(ULIBOBJ))

# --- generated sources ---

TBL := kernel/syscall/syscalls.tbl
$(sort $(B)/gen/syscall_nr.h $(UB)/gen/syscall_nr.h): $(TBL) scripts/gen-syscalls.sh
	@mkdir -p $(@D)
	$(Q)sh scripts/gen-syscalls.sh header $(TBL) > $@
$(B)/gen/syscalls.h: $(TBL) scripts/gen-syscalls.sh
	@mkdir -p $(@D)
	$(Q)sh scripts/gen-syscalls.sh declare $(TBL) > $@
$(B)/gen/syscall_table.S: $(TBL) scripts/gen-syscalls.sh
	@mkdir -p $(@D)
	$(Q)sh scripts/gen-syscalls.sh kernel $(TBL) > $@
$(UB)/gen/usys.S: $(TBL) scripts/gen-syscalls.sh $(wildcard user/lib/wrapped)
	@mkdir -p $(@D)
	$(Q)sh scripts/gen-syscalls.sh user $(TBL) user/lib/wrapped > $@

# --- kernel ---

$(B)/kernel/%.o: kernel/%.c $(B)/gen/kernel.flags | $(B)/gen/syscall_nr.h $(B)/gen/syscalls.h
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(KCFLAGS) $(DEP) -c $< -o $@
$(B)/kernel/%.o: kernel/%.S $(B)/gen/kernel.flags | $(B)/gen/syscall_nr.h
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(KASFLAGS) $(DEP) -c $< -o $@
$(B)/tests/kernel/%.o: tests/kernel/%.c $(B)/gen/kernel.flags | $(B)/gen/syscall_nr.h
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(KCFLAGS) $(DEP) -c $< -o $@
$(B)/labs/%.o: labs/%.c $(B)/gen/kernel.flags | $(B)/gen/syscall_nr.h
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(KCFLAGS) $(DEP) -c $< -o $@
$(B)/gen/syscall_table.o: $(B)/gen/syscall_table.S $(B)/gen/kernel.flags
	$(Q)$(TARGET_CC) $(KCFLAGS) -c $< -o $@

# The kernel holds its own symbol table: link with an empty one, fill it, link again;
# and once more should the table have moved what it describes.
$(B)/kernel.elf: $(KOBJ) kernel/kernel.ld scripts/gen-ksyms.sh $(B)/gen/kernel.list
	$(call say,LD,$@)
	$(Q)set -e; k=$(B)/gen/ksyms; sh scripts/gen-ksyms.sh /dev/null > $$k.S; \
	for pass in 1 2 3 4 5; do \
		$(TARGET_CC) $(KCFLAGS) -c $$k.S -o $$k.o; \
		$(LD) $(KLDFLAGS) $(KOBJ) $$k.o -o $@.tmp; \
		$(NM) -n $@.tmp | sh scripts/gen-ksyms.sh > $$k.new; \
		if cmp -s $$k.new $$k.S; then mv $@.tmp $@; exit 0; fi; \
		mv $$k.new $$k.S; \
	done; echo "$@: the symbol table does not settle" >&2; exit 1
$(B)/kernel.bin: $(B)/kernel.elf
	$(Q)$(OBJCOPY) -O binary $< $@
$(B)/System.map: $(B)/kernel.elf
	$(Q)$(NM) -n $< > $@

# --- user library and programs ---

$(UB)/user/lib/%.o: user/lib/%.c $(UB)/gen/user.flags | $(UB)/gen/syscall_nr.h
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(UCFLAGS) $(UWARN) $(DEP) -c $< -o $@
$(UB)/user/lib/%.o: user/lib/%.S $(UB)/gen/user.flags | $(UB)/gen/syscall_nr.h
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(TARGET_CC) $(UCFLAGS) $(DEP) -c $< -o $@
$(UB)/gen/usys.o: $(UB)/gen/usys.S $(UB)/gen/user.flags
	$(Q)$(TARGET_CC) $(UCFLAGS) -c $< -o $@
$(UB)/user/lib/libc.a: $(ULIBOBJ) $(UB)/gen/ulib.list
	$(call say,AR,$@)
	$(Q)rm -f $@; $(AR) rcs $@ $(ULIBOBJ)

UDEPS := $(CRT0) $(UB)/user/lib/libc.a user/user.ld
ulink = $(LD) $(ULDFLAGS) $(CRT0) $(1) --start-group $(UB)/user/lib/libc.a $(LIBGCC) --end-group -o $(2)

# $(call program,SOURCE FOLDER,PLACE IN THE IMAGE): how the programs of a folder are made;
# with debug information in $(UB)/user/..., stripped in the image.  A function of theirs
# comes before the library's of the same name (muldefs: the first is taken).
define program
$(UB)/user/$(2)/%.o: $(1)/%.c $(UB)/gen/user.flags | $(UB)/gen/syscall_nr.h
	$$(call say,CC,$$<)
	@mkdir -p $$(@D)
	$(Q)$(TARGET_CC) $(UCFLAGS) $(UWARN) $(DEP) -c $$< -o $$@
$(UB)/user/$(2)/%: $(UB)/user/$(2)/%.o $(UDEPS)
	$(Q)$$(call ulink,-z muldefs $$<,$$@)
$(UB)/root/$(2)/%: $(UB)/user/$(2)/%
	@mkdir -p $$(@D)
	$(Q)$(OBJCOPY) --strip-all $$< $$@
endef
$(eval $(call program,user,bin))
$(eval $(call program,tests/user,tests))
# The bench brings its own _start and no library, as it does on Linux.
$(UB)/root/bench/%: tests/bench/%.c tests/bench/os.h user/user.ld $(UB)/gen/user.flags | $(UB)/gen/syscall_nr.h
	$(call say,CC,$<)
	@mkdir -p $(@D) $(UB)/user/bench
	$(Q)$(TARGET_CC) $(UCFLAGS) $(UWARN) -c $< -o $(UB)/user/bench/$*.o
	$(Q)$(LD) $(ULDFLAGS) $(UB)/user/bench/$*.o -o $(UB)/user/bench/$*
	$(Q)$(OBJCOPY) --strip-all $(UB)/user/bench/$* $@

# Programs from outside the tree: any warnings are their author's affair.  The last -I is for
# xv6's older programs, which include "../kernel/types.h" and "../user/user.h".
define extra
$(UB)/root/bin/$(notdir $(basename $(1))): $(1) $(UDEPS) $(UB)/gen/user.flags $(UB)/gen/extra.list | $(UB)/gen/syscall_nr.h
	$$(call say,CC,$(1))
	@mkdir -p $$(@D) $(UB)/user/bin
	$(Q)$(TARGET_CC) $(UCFLAGS) $(XWARN) $(DEP) -MT $$@ -MF $(UB)/user/bin/$(notdir $(basename $(1))).extra.dep -I. -Iuser/compat/user -c $(1) -o $(UB)/user/bin/$(notdir $(basename $(1))).extra.o
	$(Q)echo '$(1):' >> $(UB)/user/bin/$(notdir $(basename $(1))).extra.dep
	$(Q)$$(call ulink,-z muldefs $(UB)/user/bin/$(notdir $(basename $(1))).extra.o,$(UB)/user/bin/$(notdir $(basename $(1))))
	$(Q)$(OBJCOPY) --strip-all $(UB)/user/bin/$(notdir $(basename $(1))) $$@
endef
$(foreach x,$(XSRC),$(eval $(call extra,$(x))))
# (The last line of a .dep, "SOURCE:", lets the source move to another folder.)
# One with the name of the tree's own program takes its place; without it that comes back.
BACK := $(filter-out $(XNAMES),$(filter $(patsubst user/%.c,%,$(wildcard user/*.c)),\
	$(patsubst $(UB)/user/bin/%.extra.o,%,$(wildcard $(UB)/user/bin/*.extra.o))))
$(if $(BACK),$(shell cd $(UB) && rm -f $(foreach b,$(BACK),root/bin/$(b) user/bin/$(b) \
	user/bin/$(b).extra.o user/bin/$(b).extra.dep)))

# --- the disk image ---

FSSIZE ?= 128M
$(H)/mkfs: mkfs/mkfs.c $(MKFSCOMMON) $(wildcard mkfs/*.h kernel/fs/pfs/*.h)
	$(call say,HOSTCC,$@)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HCFLAGS) -O2 $< $(MKFSCOMMON) -o $@
$(H)/fsck: mkfs/fsck.c $(MKFSCOMMON) $(wildcard mkfs/*.h kernel/fs/pfs/*.h)
	$(call say,HOSTCC,$@)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HCFLAGS) -O2 $< $(MKFSCOMMON) -o $@

# The folder is swept of what no longer belongs in it before the image is made.
$(UB)/fs.img: $(UPROGS) $(XPROGS) $(ROOTFILES) $(H)/mkfs $(H)/fsck $(UB)/gen/root.list
	$(call say,MKFS,$@)
	$(Q)for f in $$(cd $(UB)/root && find . -type f | sed 's|^\./||'); do \
		case " $(UPROGS:$(UB)/root/%=%) $(XPROGS:$(UB)/root/%=%) $(ROOTFILES:user/root/%=%) " in \
		*" $$f "*) ;; *) rm -f "$(UB)/root/$$f" ;; esac; done
	$(Q)if test -d user/root; then cp -R user/root/. $(UB)/root/; fi
	@mkdir -p $(UB)/root/proc $(UB)/root/dev $(UB)/root/tmp $(UB)/root/etc
	$(Q)$(H)/mkfs $@.tmp $(FSSIZE) $(UB)/root && mv $@.tmp $@

# --- unit tests on this machine ---

# The first lines of a test say what it is linked with: "// sources: FILE FILE ...".
HTESTS := $(patsubst tests/host/%.c,$(H)/%,$(sort $(wildcard tests/host/test_*.c)))
$(H)/obj/host.o: tests/host/host.c tests/host/host.h $(wildcard kernel/lib/*.h kernel/sync/*.h)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HCFLAGS) $(SANITIZE) -Itests/host -c $< -o $@
$(H)/obj/%.o: kernel/lib/%.c tests/host/rename.h $(wildcard kernel/lib/*.h)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HCFLAGS) $(SANITIZE) -include tests/host/rename.h -c $< -o $@
$(H)/test_%: tests/host/test_%.c $(H)/obj/host.o $(H)/obj/string.o $(H)/obj/vsprintf.o Makefile
	$(call say,HOSTCC,$@)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HCFLAGS) $(SANITIZE) -Itests/host -Imkfs -MD -MP -MF $@.d -MT $@ \
		$$(sed -n 's|^// cflags:||p' $<) $< $(filter %.o,$^) \
		$$(sed -n 's|^// sources:||p' $< | tr ' ' '\n' | grep -v -x -e kernel/lib/string.c \
			-e kernel/lib/vsprintf.c) -o $@ -lm
	@# gcc writes a .d file for the last source alone; the others are named here
	@sed -n 's|^// sources:||p' $< | tr ' ' '\n' | sed -n "s|..*|$@: &|p" >> $@.d
.PHONY: host-tests
host-tests: $(HTESTS)
-include $(wildcard $(H)/*.d)

# --- running (tests/qemu.py has the particulars) ---

# As they were typed: make shall not look for $ in a command for the guest.
qemu_settings := CPUS MEM NUMA DISK DISKS SWAP ICOUNT TIMEOUT HOSTTIMEOUT NONCE CONSOLE
qemu_py = $(PYTHON) tests/qemu.py $(1) BUILD=$(B) IMAGE=$(UB) $(foreach s,$(qemu_settings),$(if $($(s)),$(s)='$($(s))'))

.PHONY: qemu run qemu-gdb gdb
qemu run-it qemu-gdb: export PAGODA_CMD = $(value CMD)
qemu run-it qemu-gdb: export PAGODA_BOOTARGS = $(value BOOTARGS)
qemu: all
	@$(call qemu_py,qemu)

# make itself would exit with 2 whatever happened: $(exit N) of scripts/make-exit.c ends it
# with the command's status.  What a recipe expands to is settled before its first line
# runs, hence the two targets.
ifneq ($(filter run ktest,$(MAKECMDGOALS)),)
ifneq ($(filter load,$(.FEATURES)),)
-load $(H)/exit.so
can_exit := y
endif
endif
$(H)/exit.so: scripts/make-exit.c | build/.setup.mk
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) -O2 -Wall -Wextra -shared -fPIC $< -o $@
status_file := build/.status.$(shell echo $$PPID)
take_status = $(shell cat $(status_file); rm -f $(status_file))
finish = $(if $(can_exit),$(exit $(take_status)),@exit $(take_status))

.PHONY: run-it
run: run-it
	$(finish)
run-it:
	@$(MAKE) --no-print-directory -s all >&2
	@$(call qemu_py,run); echo $$? > $(status_file)
qemu-gdb: all
	@$(call qemu_py,gdb-server)
GDB ?= $(firstword $(shell command -v gdb-multiarch $(CROSS)gdb gdb 2>/dev/null))
gdb:
	@$(or $(GDB),$(error no GDB found: run make doctor)) -q -nx -x .gdbinit

# --- tests (tests/run.py has the particulars) ---

TESTPARTS := host kernel user clang system
.PHONY: test $(TESTPARTS:%=test-%)
test:
	@$(PYTHON) tests/run.py
$(TESTPARTS:%=test-%):
	@$(PYTHON) tests/run.py $(@:test-%=%)

# Only the kernel's own tests, as they come: make ktest [NAMES=prefix] [CPUS= ...]
.PHONY: ktest host-tools
ktest:
	@$(MAKE) --no-print-directory DEBUG=1 KTEST=1 kernel image >&2
	@$(PYTHON) tests/qemu.py run BUILD=build$(if $(findstring clang,$(B)),-clang)-debug-ktest$(SLAB:%=-%) IMAGE=$(UB) \
		RAW=1 BOOTARGS='ktest$(NAMES:%==%) $(value BOOTARGS)' TIMEOUT=$(or $(TIMEOUT),240) \
		$(foreach s,CPUS MEM NUMA SWAP ICOUNT,$(if $($(s)),$(s)='$($(s))'))
# The project's own measurements, and the same beside a Linux built once into LINUX_CACHE:
# see tests/bench/run.py, whose options go into BENCH.
LINUX_CACHE ?= build/linux
.PHONY: bench bench-linux
bench: all
	@$(PYTHON) tests/bench/run.py $(BENCH)
bench-linux: all
	@$(PYTHON) tests/bench/run.py --linux $(LINUX_CACHE) $(BENCH)
# What the page and slab allocators cost, in instructions; with LAYOUTS=1 for all three slabs,
# with FLAT=1 on machines of all sizes beside each other.
.PHONY: bench-mm test-nth
bench-mm:
	@for slab in $(if $(LAYOUTS),slab slub slob,$(or $(SLAB),default)); do \
		s=$${slab#default}; \
		$(MAKE) --no-print-directory KTEST=1 SLAB=$$s kernel image >&2 || exit 1; \
		echo "SLAB=$$slab"; \
		b=build$(if $(findstring clang,$(B)),-clang)-ktest$${s:+-$$s}; \
		$(if $(FLAT),$(PYTHON) tests/bench/flat.py BUILD=$$b IMAGE=$(UB) || exit 1; continue;) \
		$(PYTHON) tests/qemu.py run BUILD=$$b \
			IMAGE=$(UB) RAW=1 ICOUNT=1 BOOTARGS='quiet bench-mm' TIMEOUT=$(or $(TIMEOUT),120) \
			$(foreach s,CPUS MEM NUMA,$(if $($(s)),$(s)='$($(s))')) | sed -n 's/^\(.*\] \)\{0,1\}B //p'; \
	done
# Boot to the shell and the user tests, with every allocation failing once: see tests/nth.py.
test-nth:
	@$(MAKE) --no-print-directory kernel image >&2
	@$(PYTHON) tests/nth.py BUILD=$(B) IMAGE=$(UB) $(NTH)
host-tools: $(H)/mkfs $(H)/fsck

# --- labs (labs/README.md) ---

# In a student's tree: the scores of its labs, by the public tests.  Elsewhere: make hand-outs
# and test the labs themselves.
.PHONY: grade handout test-labs test-labs-full
grade:
	@test -f labs/ASSIGNED || { echo "make grade is for a hand-out: make handout LAB=name DIR=folder"; exit 2; }
	@status=0; for lab in $$(cat labs/ASSIGNED); do ./grade-lab-$$lab $(GRADE) || status=1; done; exit $$status
ifneq ($(wildcard labs/handout),)
handout:
	@test -n "$(LAB)" -a -n "$(DIR)" || { echo "make handout LAB='name...' DIR=folder; the labs:"; \
		$(PYTHON) labs/handout --list; exit 2; }
	@$(PYTHON) labs/handout $(LAB) --into '$(DIR)' $(addprefix --reference ,$(REFERENCE))
test-labs:
	@$(PYTHON) labs/test $(LAB)
test-labs-full:
	@$(PYTHON) labs/test --full $(LAB)
endif

# What compilers do not say: sparse and clang-tidy (.clang-tidy) over every file of the kernel.
CHECKED := $(patsubst %,check-%,$(filter %.c,$(KSRC)))
CHECKERS := $(foreach x,sparse clang-tidy,$(if $(shell command -v $(x)),$(x)))
.PHONY: check $(CHECKED)
check: $(CHECKED)
	@echo "$(words $(CHECKED)) files checked by: $(or $(strip $(CHECKERS)),nobody: see make doctor)"
$(CHECKED): check-%: % | $(B)/gen/syscall_nr.h $(B)/gen/syscalls.h
	$(Q)$(if $(filter sparse,$(CHECKERS)),sparse --arch=riscv64 -std=gnu11 -ffreestanding -nostdinc \
		-isystem $(shell $(CROSS)gcc -print-file-name=include) -D__VERSION__='"?"' -Wall -Wshadow \
		-Wsparse-error $(filter -D% -I%,$(KCFLAGS)) $<,:)
	$(Q)$(if $(filter clang-tidy,$(CHECKERS)),clang-tidy --quiet $< -- --target=riscv64-unknown-elf \
		-nostdlibinc -march=rv64imac -mabi=lp64 -std=gnu11 -ffreestanding \
		$(filter -D% -I%,$(KCFLAGS)) 2>/dev/null,:)

# --- the rest ---

.PHONY: doctor setup help format
doctor:
	@sh scripts/setup.sh doctor
setup:
	@sh scripts/setup.sh install
# Only the files that are named: make format FILES='kernel/mm/phys/buddy.c'
format:
	@test -n "$(FILES)" || { echo "make format FILES='kernel/...c'"; exit 2; }
	clang-format -i $(FILES)

define help_text
make                build kernel, programs and disk image (first installs what is missing)
make qemu           boot to a shell on this terminal; Ctrl-A X leaves
make run CMD='...'  boot, run the command, print what it prints, exit with its status
                    (124: time is up, 125: panic, 126: the machine went off early)
make qemu-gdb       as qemu, but wait for GDB;  make gdb  in another terminal
make test           everything; parts: make $(TESTPARTS:%=test-%)
make ktest          the tests inside the kernel, as they print; NAMES=prefix
make bench          the project's own measurements; make bench-linux  beside a Linux's
make bench-mm       instructions of the page and slab allocators (LAYOUTS=1: three slab layouts;
                    FLAT=1: the same from 64 MiB to 16 GiB and from 1 to 8 harts?)
$(if $(wildcard labs/handout),make handout LAB=name DIR=folder   a student's tree;  make test-labs [LAB=name]  are the labs right?,make grade          the score of this tree's labs (see LAB.md); GRADE='-v' or a test's name)
make test-nth       every allocation fails once, until a run has no failure
make check          sparse and clang-tidy over the kernel
make doctor         every tool: version, least version, what to do
make format FILES=  clang-format
make clean          remove build*/

For make qemu, run and qemu-gdb alike:
  CPUS=1..8         harts                      (1)
  MEM=32M..16G      memory                     (128M)
  NUMA=1..4         memory nodes               (1)
  SWAP=64M          a swap disk of that size   (none)
  DISK=file         another root image, written to;  DISKS=a:b  further disks
  ICOUNT=1          deterministic: time is the number of instructions
  BOOTARGS='...'    more words for the kernel
  TIMEOUT=60        run: the most guest seconds
  USERPROGS_EXTRA='/path/a.c /path/b.c'   programs from outside, put into /bin

For every build: CC=clang, DEBUG=1 (checks, lock order), V=1 (show commands).
endef
help:
	@: $(info $(help_text))

.PHONY: clean
clean:
	rm -rf build build-*

.SECONDARY:
-include $(shell find $(sort $(wildcard $(B) $(UB))) /dev/null -type f \
	\( -name '*.d' ! -name '*.extra.d' -o -name '*.extra.dep' \))
