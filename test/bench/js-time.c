// Loaded into workerd before it starts (LD_PRELOAD): counts how often a Worker's JavaScript is entered, and
// the CPU time of the thread until it is left. That scope is the one in which Cloudflare holds a Worker to
// its CPU limit; workerd's own enforcer does nothing there, so that its place can be taken:
// https://github.com/cloudflare/workerd/blob/main/src/workerd/io/limit-enforcer.h (LimitEnforcer::enterJs).
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// workerd::server::(anonymous namespace)::NullLimitEnforcer::enterJs(jsg::Lock&, IoContext&)
static const char NAME[] = "NullLimitEnforcer7enterJsE";

// Of one isolate; the one with no isolate is free.
struct figures {
  uintptr_t isolate;
  uint64_t ns;
  uint64_t turns;
};

#define MOST_ISOLATES 64
static struct figures *figures;
static __thread uint64_t began_ns;
static __thread int depth;

static struct figures *figures_of(uintptr_t isolate) {
  for (int at = 0; at < MOST_ISOLATES - 1; at++) {
    uintptr_t none = 0;
    if (__atomic_load_n(&figures[at].isolate, __ATOMIC_RELAXED) == isolate) return &figures[at];
    if (__atomic_compare_exchange_n(&figures[at].isolate, &none, isolate, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
      return &figures[at];
    if (none == isolate) return &figures[at];
  }
  return &figures[MOST_ISOLATES - 1];
}

static uint64_t cpu_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// kj::Disposer, whose one method is called when the scope ends.
static void leave(const void *disposer, void *scope) {
  (void)disposer;
  struct figures *own = scope;
  if (--depth == 0) __atomic_fetch_add(&own->ns, cpu_ns() - began_ns, __ATOMIC_RELAXED);
}

static const void *const methods[] = {(const void *)leave};
static const void *const *const disposer = methods;

// kj::Own<void>: who disposes, and of what.
struct own {
  const void *disposer;
  void *scope;
};

// Behind the pointer to its methods, a lock has the isolate that it locks.
static struct own *enter(struct own *result, const void *enforcer, const uintptr_t *lock) {
  (void)enforcer;
  struct figures *own = figures_of(lock[1]);
  if (depth++ == 0) {
    __atomic_fetch_add(&own->turns, 1, __ATOMIC_RELAXED);
    began_ns = cpu_ns();
  }
  result->disposer = &disposer;
  result->scope = own;
  return result;
}

static int first_object(struct dl_phdr_info *info, size_t size, void *base) {
  (void)size;
  *(uintptr_t *)base = info->dlpi_addr;
  return 1;
}

static uintptr_t find(const char *file, size_t length) {
  const Elf64_Ehdr *head = (const Elf64_Ehdr *)file;
  const Elf64_Shdr *sections = (const Elf64_Shdr *)(file + head->e_shoff);
  for (int index = 0; index < head->e_shnum; index++) {
    if (sections[index].sh_type != SHT_SYMTAB) continue;
    const char *names = file + sections[sections[index].sh_link].sh_offset;
    const Elf64_Sym *symbols = (const Elf64_Sym *)(file + sections[index].sh_offset);
    for (size_t at = 0; at < sections[index].sh_size / sizeof(Elf64_Sym); at++)
      if (symbols[at].st_name < length && strstr(names + symbols[at].st_name, NAME))
        return symbols[at].st_value;
  }
  return 0;
}

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("JS_TIME_FILE");
  int self = open("/proc/self/exe", O_RDONLY);
  int shared = path ? open(path, O_RDWR) : -1;
  struct stat stat;
  if (self < 0 || shared < 0 || fstat(self, &stat) != 0) return;
  char *file = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, self, 0);
  figures = mmap(NULL, MOST_ISOLATES * sizeof *figures, PROT_READ | PROT_WRITE, MAP_SHARED, shared, 0);
  uintptr_t base = 0;
  uintptr_t offset = find(file, (size_t)stat.st_size);
  munmap(file, (size_t)stat.st_size);
  dl_iterate_phdr(first_object, &base);
  if (offset == 0) return;
  // movabs rax, enter; jmp rax
  unsigned char jump[12] = {0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0};
  void *to = (void *)enter;
  memcpy(jump + 2, &to, sizeof to);
  uintptr_t page = (base + offset) & ~(uintptr_t)4095;
  if (mprotect((void *)page, 8192, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) return;
  memcpy((void *)(base + offset), jump, sizeof jump);
  mprotect((void *)page, 8192, PROT_READ | PROT_EXEC);
}
