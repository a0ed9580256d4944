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
