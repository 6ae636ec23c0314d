// SPDX-License-Identifier: MIT
/* rename.h - the kernel's string functions under other names, so that they can live in
 * one program with the host's library (whose own the sanitizers intercept). */
#define memset	k_memset
#define memcpy	k_memcpy
#define memmove	k_memmove
#define memcmp	k_memcmp
#define memchr	k_memchr
#define strlen	k_strlen
#define strnlen	k_strnlen
#define strcmp	k_strcmp
#define strncmp	k_strncmp
#define strchr	k_strchr
#define strrchr	k_strrchr
#define strstr	k_strstr
#define strlcpy	k_strlcpy
#define strlcat	k_strlcat
#define vsnprintf k_vsnprintf
#define snprintf k_snprintf
