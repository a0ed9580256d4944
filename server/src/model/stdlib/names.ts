/** Top-level modules of Python's standard library: always there, though not all of them are interpreted. */
export const standardLibrary: ReadonlySet<string> = new Set(
  (
    "argparse array ast asyncio atexit base64 binascii builtins bz2 calendar cmath cmd code codecs colorsys concurrent " +
    "configparser contextvars csv ctypes curses datetime decimal difflib dis email errno faulthandler fcntl fileinput " +
    "fnmatch fractions ftplib gc getopt getpass gettext glob graphlib grp gzip hashlib hmac html http imaplib io " +
    "ipaddress keyword linecache locale lzma mailbox marshal mimetypes mmap multiprocessing netrc optparse pdb pickle " +
    "pickletools pkgutil platform plistlib posixpath pprint profile pstats pty pwd pydoc queue quopri resource runpy " +
    "sched secrets select selectors shelve shlex shutil signal site smtplib socket socketserver sqlite3 ssl stat " +
    "statistics struct subprocess symtable sysconfig syslog tarfile tempfile termios textwrap threading timeit tkinter " +
    "token tokenize tomllib trace traceback tracemalloc turtle types unicodedata unittest urllib uuid venv wave " +
    "webbrowser wsgiref xml xmlrpc zipapp zipfile zipimport zlib zoneinfo"
  ).split(" "),
);

/** Standard modules whose functions give numbers, texts, handles and records, and run what they are given, if at all, for signals and at the end. */
const plainModules: ReadonlySet<string> = new Set(
  (
    "array atexit base64 binascii bz2 calendar configparser csv datetime decimal difflib email errno fcntl fileinput fractions " +
    "ftplib getopt getpass gettext grp gzip hashlib hmac html http imaplib ipaddress keyword linecache locale lzma " +
    "mimetypes mmap netrc optparse os platform plistlib posixpath pprint pwd quopri resource secrets shlex shutil signal smtplib " +
    "socket sqlite3 ssl stat statistics struct subprocess sysconfig syslog tarfile tempfile termios textwrap time " +
    "tokenize tomllib traceback tracemalloc unicodedata urllib uuid wave webbrowser xml zipfile zlib zoneinfo"
  ).split(" "),
);

/** Names of that kind in modules that also start threads, run functions or hand objects on. */
const plainNames: ReadonlySet<string> = new Set(
  ["threading", "multiprocessing"].flatMap((module) =>
    "Lock RLock Event Condition Semaphore BoundedSemaphore Barrier cpu_count get_ident active_count"
      .split(" ")
      .map((name) => `${module}.${name}`),
  ),
);

/** Whether no module or tensor can be in what comes of a name of the standard library, unless it was given one. */
export const givesPlain = (name: string): boolean =>
  plainNames.has(name) || plainModules.has(name.replace(/\..*$/, ""));
