//! The binding to the interpreter that this library was loaded into: any CPython from 3.9 on will do.
//!
//! Only functions of the stable part of the C API are used, and no structure of CPython's is looked into. `PyConfig` differs
//! from version to version: it is a piece of memory that is only handed back to functions, and its settings are given as the
//! words of a command line.

use std::ffi::{CStr, CString, c_char, c_int, c_long, c_void};
use std::path::Path;

use confine::guest::Forked;

/// As large as any version's `PyConfig`, several times.
const CONFIG_BYTES: usize = 8192;

/// The interpreter's command line after its program: isolated, without site, writing no bytecode, UTF-8 throughout.
const OPTIONS: [&CStr; 6] = [c"-I", c"-S", c"-B", c"-X", c"utf8", c"-"];

/// Why there is no interpreter, or why it did not do what it was told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PythonError {
    #[error("the path of the interpreter's program has a zero byte")]
    Path,
    #[error(
        "the interpreter's program has no {0}; CPython 3.9 or newer is needed, built to be extended as it is by default"
    )]
    Symbol(&'static str),
    #[error("the interpreter does not start: {0}")]
    Start(String),
    #[error("the interpreter failed in {0}; its message stands above")]
    Code(&'static str),
}

/// `PyObject`: never looked into.
#[repr(C)]
struct Object(c_void);

/// `PyStatus`, the same since 3.8.
#[repr(C)]
struct Status {
    kind: c_int,
    function: *const c_char,
    message: *const c_char,
    exit_code: c_int,
}

#[repr(C, align(16))]
struct Config([u8; CONFIG_BYTES]);

macro_rules! api {
    ($($field:ident = $symbol:literal: $type:ty;)+) => {
        struct Api { $($field: $type,)+ }

        impl Api {
            /// SAFETY: this process must be a CPython, whose functions have these types since 3.9.
            unsafe fn find() -> Result<Self, PythonError> {
                Ok(Self { $($field: {
                    let name = concat!($symbol, "\0");
                    // SAFETY: the name ends with a zero byte.
                    let symbol = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr().cast()) };
                    if symbol.is_null() {
                        return Err(PythonError::Symbol($symbol));
                    }
                    // SAFETY: a function of CPython by this name has this type, see this function's contract.
                    unsafe { std::mem::transmute::<*mut c_void, $type>(symbol) }
                },)+ })
            }
        }
    };
}

api! {
    config_init = "PyConfig_InitPythonConfig": unsafe extern "C" fn(*mut Config);
    config_argv = "PyConfig_SetBytesArgv": unsafe extern "C" fn(*mut Config, isize, *const *const c_char) -> Status;
    config_clear = "PyConfig_Clear": unsafe extern "C" fn(*mut Config);
    initialize = "Py_InitializeFromConfig": unsafe extern "C" fn(*const Config) -> Status;
    status_exception = "PyStatus_Exception": unsafe extern "C" fn(Status) -> c_int;
    version = "Py_GetVersion": unsafe extern "C" fn() -> *const c_char;
    run_string = "PyRun_SimpleString": unsafe extern "C" fn(*const c_char) -> c_int;
    add_module = "PyImport_AddModule": unsafe extern "C" fn(*const c_char) -> *mut Object;
    attribute = "PyObject_GetAttrString": unsafe extern "C" fn(*mut Object, *const c_char) -> *mut Object;
    tuple = "PyTuple_New": unsafe extern "C" fn(isize) -> *mut Object;
    set_item = "PyTuple_SetItem": unsafe extern "C" fn(*mut Object, isize, *mut Object) -> c_int;
    text = "PyUnicode_FromStringAndSize": unsafe extern "C" fn(*const c_char, isize) -> *mut Object;
    call = "PyObject_CallObject": unsafe extern "C" fn(*mut Object, *mut Object) -> *mut Object;
    long = "PyLong_AsLong": unsafe extern "C" fn(*mut Object) -> c_long;
    release = "Py_DecRef": unsafe extern "C" fn(*mut Object);
    print_error = "PyErr_Print": unsafe extern "C" fn();
    clear_error = "PyErr_Clear": unsafe extern "C" fn();
    before_fork = "PyOS_BeforeFork": unsafe extern "C" fn();
    after_fork_parent = "PyOS_AfterFork_Parent": unsafe extern "C" fn();
    after_fork_child = "PyOS_AfterFork_Child": unsafe extern "C" fn();
}

/// A running interpreter. There is one, its thread is this one, and it is never finalised.
pub(crate) struct Python {
    api: Api,
    /// The functions of the runner are attributes of the first `__main__`, which this keeps alive.
    main: *mut Object,
}

impl Python {
    /// Starts the interpreter of the program that this is, whose path is given.
    pub(crate) fn start(program: &Path) -> Result<Self, PythonError> {
        let program = CString::new(program.as_os_str().as_encoded_bytes()).map_err(|_| PythonError::Path)?;
        // SAFETY: the supervisor has this library preloaded into the program of a CPython only.
        let api = unsafe { Api::find() }?;
        let mut config = Box::new(Config([0; CONFIG_BYTES]));
        // By the first word the interpreter finds its standard library, wherever it was built to stand.
        let words: Vec<*const c_char> = [program.as_c_str()].into_iter().chain(OPTIONS).map(CStr::as_ptr).collect();
        // SAFETY: the memory is larger than any PyConfig and suitably aligned, the words outlive the calls, and this is the
        // only thread: the order of the calls is the one that the C API demands.
        let main = unsafe {
            (api.config_init)(&raw mut *config);
            let taken = (api.config_argv)(&raw mut *config, words.len() as isize, words.as_ptr());
            started(&api, taken)?;
            started(&api, (api.initialize)(&raw const *config))?;
            (api.config_clear)(&raw mut *config);
            (api.add_module)(c"__main__".as_ptr())
        };
        if main.is_null() {
            return Err(PythonError::Start("there is no __main__".into()));
        }
        Ok(Self { api, main })
    }

    /// The interpreter's version in words.
    pub(crate) fn version(&self) -> String {
        // SAFETY: the interpreter returns a static string.
        unsafe { CStr::from_ptr((self.api.version)()) }.to_string_lossy().into_owned()
    }

    /// Runs trusted source in the first `__main__`.
    pub(crate) fn run_main(&self, source: &str) -> Result<(), PythonError> {
        let source = CString::new(source).map_err(|_| PythonError::Code("source with a zero byte"))?;
        // SAFETY: this thread holds the interpreter; the source ends with a zero byte.
        match unsafe { (self.api.run_string)(source.as_ptr()) } {
            0 => Ok(()),
            _ => Err(PythonError::Code("the runner")),
        }
    }

    /// Calls a function of the first `__main__` with strings. Its result where that is a number, or else -1.
    pub(crate) fn call_main(&self, function: &'static str, arguments: &[&[u8]]) -> Result<i64, PythonError> {
        let api = &self.api;
        let name = CString::new(function).map_err(|_| PythonError::Code(function))?;
        // SAFETY: this thread holds the interpreter. Each object is checked before it is used and released once; a tuple
        // takes over what is put into it.
        unsafe {
            let callee = (api.attribute)(self.main, name.as_ptr());
            let tuple = (api.tuple)(arguments.len() as isize);
            let mut result = std::ptr::null_mut();
            if !callee.is_null() && !tuple.is_null() {
                let filled = arguments.iter().enumerate().all(|(index, bytes)| {
                    let text = (api.text)(bytes.as_ptr().cast(), bytes.len() as isize);
                    !text.is_null() && (api.set_item)(tuple, index as isize, text) == 0
                });
                if filled {
                    result = (api.call)(callee, tuple);
                }
            }
            (api.release)(tuple);
            (api.release)(callee);
            if result.is_null() {
                (api.print_error)();
                return Err(PythonError::Code(function));
            }
            let number = (api.long)(result);
            (api.clear_error)();
            (api.release)(result);
            Ok(number)
        }
    }

    /// Forks this process and the interpreter with it. The child must call [`Python::after_fork`] before it uses this.
    pub(crate) fn fork(&self) -> std::io::Result<Forked> {
        // SAFETY: the zygote has one thread, which holds the interpreter.
        unsafe {
            (self.api.before_fork)();
            let forked = confine::guest::fork();
            if !matches!(forked, Ok(Forked::Child)) {
                (self.api.after_fork_parent)();
            }
            forked
        }
    }

    /// Takes the interpreter through a fork without one: a process with one thread is to it what a child is.
    pub(crate) fn rehearse_fork(&self) {
        // SAFETY: the zygote has one thread, which holds the interpreter; the locks that the first call takes the second one
        // makes new.
        unsafe {
            (self.api.before_fork)();
            (self.api.after_fork_child)();
        }
    }

    /// Tells the interpreter that it lives in a child now. Runs Python code: only behind the walls.
    pub(crate) fn after_fork(&self) {
        // SAFETY: called once in the child of a fork, by its only thread.
        unsafe { (self.api.after_fork_child)() }
    }
}

/// SAFETY: `status` must come from the interpreter.
unsafe fn started(api: &Api, status: Status) -> Result<(), PythonError> {
    let message = status.message;
    // SAFETY: see above; the structure is passed by value.
    if unsafe { (api.status_exception)(status) } == 0 {
        return Ok(());
    }
    let why = if message.is_null() {
        "it gives no reason".into()
    } else {
        // SAFETY: the message of a status is a static string.
        unsafe { CStr::from_ptr(message) }.to_string_lossy().into_owned()
    };
    Err(PythonError::Start(why))
}
