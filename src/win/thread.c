/* thread.c - threads: made, joined, named, scheduled.
 *
 * A uv_thread_t is a handle, and many handles can mean one thread. Each thread
 * knows the handle by which uv_thread_self() tells it: that which its creator
 * got, so that either may be joined; or, in a thread that somebody else made, a
 * duplicate of its own, which is closed when it ends. */
#include <windows.h>

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <process.h>
#include <string.h>

#include "alloc.h"
#include "fault.h"
#include "uv.h"
#include "win/error.h"

enum {
  STACK_FLOOR =
      65536, /* the least a thread can live on with room for Winsock */
  CPU_COUNT = sizeof(DWORD_PTR) * CHAR_BIT, /* a group of processors */
  NAME_MOST = 256
};

/* What a new thread takes along. */
typedef struct {
  uv_thread_cb entry;
  void* arg;
  HANDLE self;
} thread_start_t;

/* ---- the handle of oneself ---------------------------------------------- */

/* Two slots, because only that of a fiber is cleaned when a thread ends. The
 * first is for handles that are others' to close, the second for our own. */
static DWORD lent_slot;
static DWORD own_slot;
static uv_once_t slots_once = UV_ONCE_INIT;

static void WINAPI own_close(void* handle) {
  if (handle != NULL)
    (void)CloseHandle(handle); /* Ours, and in use by nobody. */
}

static void slots_open(void) {
  lent_slot = TlsAlloc();
  own_slot = FlsAlloc(own_close);
}

/* A handle of the calling thread for itself; NULL when there is no memory. */
static HANDLE own_open(void) {
  HANDLE self = FlsGetValue(own_slot);

  if (self != NULL)
    return self;
  if (!DuplicateHandle(GetCurrentProcess(), GetCurrentThread(),
                       GetCurrentProcess(), &self, 0, FALSE,
                       DUPLICATE_SAME_ACCESS))
    return NULL;
  (void)FlsSetValue(own_slot, self); /* If not, it is never closed. */
  return self;
}

uv_thread_t uv_thread_self(void) {
  HANDLE self;

  uv_once(&slots_once, slots_open);
  self = TlsGetValue(lent_slot);
  /* Whose handle it was may have closed it: after uv_thread_detach(). */
  if (self != NULL && GetThreadId(self) == GetCurrentThreadId())
    return self;
  return own_open();
}

int uv_thread_equal(const uv_thread_t* t1, const uv_thread_t* t2) {
  DWORD id;

  /* The answer is yes or no, and nothing equals no thread. */
  if (t1 == NULL || t2 == NULL)
    return 0;
  if (*t1 == *t2)
    return 1;
  id = GetThreadId(*t1);
  return id != 0 && id == GetThreadId(*t2);
}

/* ---- birth and death ---------------------------------------------------- */

static unsigned __stdcall thread_main(void* memory) {
  thread_start_t start = *(thread_start_t*)memory;

  gy_free(memory);
  (void)TlsSetValue(lent_slot, start.self); /* If not, it has its own. */
  start.entry(start.arg);
  return 0;
}

/* The stack for |options| in |size|, 0 for that which the program's file says.
 * UV_EINVAL when no number can hold it. */
static int stack_size(const uv_thread_options_t* options, unsigned* size) {
  SYSTEM_INFO info;
  size_t wanted = 0;
  size_t page;

  if (options->flags & UV_THREAD_HAS_STACK_SIZE)
    wanted = options->stack_size;
  if (wanted == 0) {
    *size = 0;
    return 0;
  }
  GetNativeSystemInfo(&info);
  page = info.dwPageSize;
  if (wanted > UINT_MAX - (page - 1))
    return UV_EINVAL;
  wanted = (wanted + page - 1) / page * page;
  *size = wanted < STACK_FLOOR ? STACK_FLOOR : (unsigned)wanted;
  return 0;
}

/* Make a thread that waits to be resumed. NULL, and errno says why not. */
static HANDLE thread_spawn(unsigned size, thread_start_t* start) {
  int err = GY_FAULT("_beginthreadex");

  if (err != 0) {
    errno = err;
    return NULL;
  }
  /* Address space for the stack, not memory. */
  return (HANDLE)_beginthreadex(
      NULL, size, thread_main, start,
      CREATE_SUSPENDED | STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
}

int uv_thread_create_ex(uv_thread_t* tid, const uv_thread_options_t* params,
                        uv_thread_cb entry, void* arg) {
  thread_start_t* start;
  unsigned size = 0;
  int err;

  if (tid == NULL || params == NULL || entry == NULL)
    return UV_EINVAL;
  err = stack_size(params, &size);
  if (err != 0)
    return err;
  uv_once(&slots_once, slots_open);
  start = gy_malloc(sizeof(*start));
  if (start == NULL)
    return UV_ENOMEM;
  start->entry = entry;
  start->arg = arg;
  start->self = thread_spawn(size, start);
  if (start->self == NULL) {
    /* EACCES is the C runtime's word for a lack of resources. */
    err = errno == EACCES ? UV_ENOMEM : gy_win_errno_error(errno);
    gy_free(start);
    return err;
  }
  /* Before it runs: programs count on the thread finding itself there. After
   * that |start| is the thread's. */
  *tid = start->self;
  (void)ResumeThread(*tid); /* It was made suspended, by us. */
  return 0;
}

int uv_thread_create(uv_thread_t* tid, uv_thread_cb entry, void* arg) {
  uv_thread_options_t params;

  params.flags = UV_THREAD_NO_FLAGS;
  params.stack_size = 0;
  return uv_thread_create_ex(tid, &params, entry, arg);
}

int uv_thread_join(uv_thread_t* tid) {
  if (tid == NULL)
    return UV_EINVAL;
  /* It would wait for ever. */
  if (GetThreadId(*tid) == GetCurrentThreadId())
    return gy_win_error(ERROR_POSSIBLE_DEADLOCK);
  if (WaitForSingleObject(*tid, INFINITE) != WAIT_OBJECT_0)
    return gy_win_error(GetLastError());
  (void)CloseHandle(*tid); /* The wait has shown that it is one. */
  return 0;
}

int uv_thread_detach(uv_thread_t* tid) {
  if (tid == NULL)
    return UV_EINVAL;
  return CloseHandle(*tid) ? 0 : gy_win_error(GetLastError());
}

/* ---- where it runs ------------------------------------------------------ */

int uv_cpumask_size(void) {
  return CPU_COUNT;
}

/* 0 when a mask of |size| bytes at |mask| can hold an affinity. */
static int mask_check(const uv_thread_t* tid, const char* mask, size_t size) {
  return tid == NULL || mask == NULL || size < CPU_COUNT ? UV_EINVAL : 0;
}

static void mask_write(KAFFINITY bits, char* mask, size_t size) {
  memset(mask, 0, size);
  for (size_t cpu = 0; cpu < CPU_COUNT; cpu++)
    mask[cpu] = (char)(bits >> cpu & 1);
}

int uv_thread_getaffinity(uv_thread_t* tid, char* cpumask, size_t mask_size) {
  GROUP_AFFINITY affinity;
  int err = mask_check(tid, cpumask, mask_size);
  int fault = GY_FAULT("GetThreadGroupAffinity");

  if (err != 0)
    return err;
  if (fault != 0)
    return gy_win_error((unsigned long)fault);
  if (!GetThreadGroupAffinity(*tid, &affinity))
    return gy_win_error(GetLastError());
  mask_write(affinity.Mask, cpumask, mask_size);
  return 0;
}

int uv_thread_setaffinity(uv_thread_t* tid, char* cpumask, char* oldmask,
                          size_t mask_size) {
  int err = mask_check(tid, cpumask, mask_size);
  int fault = GY_FAULT("SetThreadAffinityMask");
  DWORD_PTR bits = 0;
  DWORD_PTR before;

  if (err != 0)
    return err;
  for (size_t cpu = 0; cpu < CPU_COUNT; cpu++) {
    if (cpumask[cpu] != 0)
      bits |= (DWORD_PTR)1 << cpu;
  }
  if (fault != 0)
    return gy_win_error((unsigned long)fault);
  before = SetThreadAffinityMask(*tid, bits);
  if (before == 0)
    return gy_win_error(GetLastError());
  if (oldmask != NULL)
    mask_write(before, oldmask, mask_size);
  return 0;
}

int uv_thread_getcpu(void) {
  return (int)GetCurrentProcessorNumber();
}

/* ---- how much it runs --------------------------------------------------- */

int uv_thread_getpriority(uv_thread_t tid, int* priority) {
  int found;

  if (priority == NULL)
    return UV_EINVAL;
  found = GetThreadPriority(tid);
  if (found == THREAD_PRIORITY_ERROR_RETURN)
    return gy_win_error(GetLastError());
  *priority = found;
  return 0;
}

static_assert(UV_THREAD_PRIORITY_LOWEST == THREAD_PRIORITY_LOWEST &&
                  UV_THREAD_PRIORITY_HIGHEST == THREAD_PRIORITY_HIGHEST,
              "Windows counts as we do");

int uv_thread_setpriority(uv_thread_t tid, int priority) {
  int err = GY_FAULT("SetThreadPriority");

  if (priority < UV_THREAD_PRIORITY_LOWEST ||
      priority > UV_THREAD_PRIORITY_HIGHEST)
    return UV_EINVAL;
  if (err == 0 && !SetThreadPriority(tid, priority))
    return gy_win_error(GetLastError());
  return gy_win_error((unsigned long)err);
}

/* ---- names -------------------------------------------------------------- */

typedef HRESULT(WINAPI* name_set_t)(HANDLE thread, PCWSTR name);
typedef HRESULT(WINAPI* name_get_t)(HANDLE thread, PWSTR* name);

/* A function that Windows has since 10, version 1607; NULL before. */
static FARPROC name_function(const char* name) {
  HMODULE library = GetModuleHandleW(L"kernelbase.dll");

  if (GY_FAULT("GetProcAddress") || library == NULL)
    return NULL;
  return GetProcAddress(library, name);
}

/* Cut |name|, UTF-8 with the NUL at |length|, where a character ends. */
static void name_trim(char* name, size_t length) {
  while (length > 0 && (name[length] & 0xC0) == 0x80)
    length--;
  name[length] = '\0';
}

int uv_thread_setname(const char* name) {
  name_set_t set =
      (name_set_t)(void (*)(void))name_function("SetThreadDescription");
  wchar_t wide[NAME_MOST];
  char cut[NAME_MOST];

  if (name == NULL)
    return UV_EINVAL;
  if (set == NULL)
    return UV_ENOTSUP;
  if (strlen(name) < NAME_MOST) {
    strcpy(cut, name);
  } else {
    memcpy(cut, name, NAME_MOST);
    name_trim(cut, NAME_MOST - 1);
  }
  if (MultiByteToWideChar(CP_UTF8, 0, cut, -1, wide, NAME_MOST) == 0)
    return gy_win_error(GetLastError());
  return set(GetCurrentThread(), wide) >= 0 ? 0 : UV_ENOMEM;
}

/* Write |wide| to |name|, cut to |size| bytes with its NUL. */
static int name_write(const wchar_t* wide, char* name, size_t size) {
  char whole[NAME_MOST * 4];
  size_t length;

  if (WideCharToMultiByte(CP_UTF8, 0, wide, -1, whole, (int)sizeof(whole), NULL,
                          NULL) == 0)
    return gy_win_error(GetLastError());
  length = strlen(whole);
  if (length >= size)
    name_trim(whole, length = size - 1);
  memcpy(name, whole, strlen(whole) + 1);
  return 0;
}

int uv_thread_getname(uv_thread_t* tid, char* name, size_t size) {
  name_get_t get =
      (name_get_t)(void (*)(void))name_function("GetThreadDescription");
  wchar_t* wide;
  int err;

  if (tid == NULL || name == NULL || size == 0)
    return UV_EINVAL;
  if (get == NULL)
    return UV_ENOTSUP;
  if (get(*tid, &wide) < 0)
    return UV_EBADF;
  err = name_write(wide, name, size);
  (void)LocalFree(wide); /* As its manual asks. */
  return err;
}
