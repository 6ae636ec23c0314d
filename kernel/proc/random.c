// SPDX-License-Identifier: MIT
/*
 * random.c - unpredictable bytes: for addresses, for getrandom, for /dev/random.
 *
 * A ChaCha stream (RFC 8439, 20 rounds): a 256-bit key and a counter give blocks of
 * 64 bytes that nobody without the key can tell from noise.  After each request the
 * first half of one more block becomes the new key, so that what is in memory later
 * says nothing of what was handed out before.
 *
 * The first key comes from the firmware ("rng-seed" in the device tree) and the clock.
 * With "norandmaps" neither is used and every run gives the same bytes: exercises and
 * measurements want that.
 */
#include "proc/random.h"
#include "lib/fdt.h"
#include "lib/string.h"
#include "riscv/csr.h"
#include "riscv/timer.h"
#include "sync/spinlock.h"

static spinlock_t lock = SPINLOCK_INIT("random");
static u32 state[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
static bool seeded, off;

static inline u32 rotl(u32 v, int n)
{
	return v << n | v >> (32 - n);
}

static inline void quarter(u32 *a, u32 *b, u32 *c, u32 *d)
{
	*a += *b; *d = rotl(*d ^ *a, 16);
	*c += *d; *b = rotl(*b ^ *c, 12);
	*a += *b; *d = rotl(*d ^ *a, 8);
	*c += *d; *b = rotl(*b ^ *c, 7);
}

/* The next 64 bytes. => lock held */
static void block(u32 out[16])
{
	memcpy(out, state, sizeof(state));
	for (int i = 0; i < 10; i++) {
		for (int k = 0; k < 4; k++)
			quarter(&out[k], &out[4 + k], &out[8 + k], &out[12 + k]);
		for (int k = 0; k < 4; k++)
			quarter(&out[k], &out[4 + (k + 1) % 4], &out[8 + (k + 2) % 4],
				&out[12 + (k + 3) % 4]);
	}
	for (int i = 0; i < 16; i++)
		out[i] += state[i];
	if (++state[12] == 0)
		state[13]++;
}

static void rekey(void)
{
	u32 out[16];

	block(out);
	memcpy(&state[4], out, 32);
}

static void seed(void)
{
	char arg[4];
	const void *p;
	u32 len;
	int chosen;

	seeded = true;
	off = boot_arg("norandmaps", arg, sizeof(arg));
	if (off)
		return;
	chosen = fdt_path(&machine_fdt, "/chosen");
	p = chosen >= 0 ? fdt_prop(&machine_fdt, chosen, "rng-seed", &len) : NULL;
	if (p)
		for (u32 i = 0; i < len; i++)
			((u8 *)&state[4])[i % 32] ^= ((const u8 *)p)[i];
	state[14] ^= (u32)csr_read(time);
	state[15] ^= (u32)time_realtime_ns();
	rekey();
}

bool random_off(void)
{
	unsigned long flags = spin_lock_irqsave(&lock);

	if (!seeded)
		seed();
	spin_unlock_irqrestore(&lock, flags);
	return off;
}

void random_bytes(void *buf, size_t n)
{
	u8 *dst = buf;
	u32 out[16];

	while (n > 0) {
		size_t part = MIN(n, (size_t)32);
		unsigned long flags = spin_lock_irqsave(&lock);

		if (!seeded)
			seed();
		block(out);
		memcpy(&state[4], &out[8], 32);
		spin_unlock_irqrestore(&lock, flags);
		memcpy(dst, out, part);
		dst += part;
		n -= part;
	}
	memset(out, 0, sizeof(out));
}

u64 random_u64(void)
{
	u64 v;

	random_bytes(&v, sizeof(v));
	return v;
}

/* For addresses: a xorshift generator (Marsaglia, 2003) that begins with a number from
 * the stream.  Who sees many of its numbers can tell the next; who runs programs on
 * this machine can look into /proc/PID/maps anyway.  The stream would cost an exec
 * two thousand instructions for each number. */
u64 random_quick(void)
{
	static u64 x;
	u64 v = READ_ONCE(x);

	if (unlikely(v == 0))
		v = random_u64() | 1;
	v ^= v << 13;
	v ^= v >> 7;
	v ^= v << 17;
	WRITE_ONCE(x, v);		/* two harts at once may get the same: harmless */
	return v * 0x2545f4914f6cdd1dUL;
}
