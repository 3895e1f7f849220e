//! The canonical ABI of the Component Model, from the guest's side: how values of WIT types stand in linear memory and
//! in the parameters of core functions (Component Model, "Canonical ABI").
//!
//! A component here is a few plain Rust functions, each named with [`export!`]. Whoever passes a value gives it away:
//! `load` and `lift` take the buffers that the host allocated through `cabi_realloc`, `store` hands buffers to the host
//! until its `post-return` call brings them back.

mod compound;
mod list;
mod scalar;

use std::alloc::{alloc, dealloc, handle_alloc_error, realloc, Layout};

/// A Rust type that mirrors a WIT type.
pub trait Value: Sized {
    /// Bytes in memory, padding at the end included.
    const SIZE: usize;
    /// Alignment in bytes.
    const ALIGN: usize;
    /// How many core parameters it takes.
    const FLAT: usize;
    /// The core result of a function that returns it: itself where it is one core value, else the address of it.
    type Returned;

    /// Takes the value at `at`.
    ///
    /// # Safety
    /// `at` must be aligned and hold a value as `store` or the host wrote it; it may be taken once.
    unsafe fn load(at: *const u8) -> Self;

    /// Writes the value at `at`.
    ///
    /// # Safety
    /// `at` must be aligned and have room for `SIZE` bytes.
    unsafe fn store(self, at: *mut u8);

    /// Takes the value from core parameters.
    ///
    /// # Safety
    /// The words must be what a host passes for this type.
    unsafe fn lift(flat: &mut Flat) -> Self;

    /// Turns the value into the core result.
    fn give(self) -> Self::Returned;

    /// Takes a list of `length` values, and its buffer.
    ///
    /// # Safety
    /// As for `load`, for each element; the buffer must come from `cabi_realloc` or `store_list`.
    unsafe fn load_list(at: *mut u8, length: usize) -> Vec<Self> {
        let values = (0..length).map(|index| Self::load(at.add(index * Self::SIZE))).collect();
        release(at, length * Self::SIZE, Self::ALIGN);
        values
    }

    /// Puts the values into a buffer of their own and gives its address.
    fn store_list(values: Vec<Self>) -> *mut u8 {
        let at = reserve(values.len() * Self::SIZE, Self::ALIGN);
        for (index, value) in values.into_iter().enumerate() {
            // The buffer was made for exactly these values.
            unsafe { value.store(at.add(index * Self::SIZE)) }
        }
        at
    }
}

/// The core parameters of a call as bits, whatever their core types: a variant whose cases need different core types
/// passes all of them in the wider one, and the bits are the same.
pub struct Flat<'a> {
    words: &'a [u64],
}

impl<'a> Flat<'a> {
    pub fn new(words: &'a [u64]) -> Self {
        Flat { words }
    }

    pub fn next(&mut self) -> u64 {
        let (first, rest) = self.words.split_first().expect("as many words as the type has");
        self.words = rest;
        *first
    }

    /// The next `count` words, to be read apart from the rest: the payload of a variant.
    pub fn split(&mut self, count: usize) -> Flat<'a> {
        let (first, rest) = self.words.split_at(count);
        self.words = rest;
        Flat { words: first }
    }
}

/// A core value as bits.
pub trait Word {
    fn word(self) -> u64;
}

impl Word for i32 {
    fn word(self) -> u64 {
        self as u32 as u64
    }
}

impl Word for i64 {
    fn word(self) -> u64 {
        self as u64
    }
}

impl Word for f32 {
    fn word(self) -> u64 {
        self.to_bits() as u64
    }
}

impl Word for f64 {
    fn word(self) -> u64 {
        self.to_bits()
    }
}

/// The next multiple of `align`, a power of two.
pub const fn up(size: usize, align: usize) -> usize {
    (size + align - 1) & !(align - 1)
}

pub const fn max(a: usize, b: usize) -> usize {
    if a > b {
        a
    } else {
        b
    }
}

/// A value that is returned by its address; taken back by [`take_back`].
pub fn give_address<T: Value>(value: T) -> i32 {
    let at = reserve(T::SIZE, T::ALIGN);
    // The buffer was made for this type.
    unsafe { value.store(at) }
    at as i32
}

/// Frees a result that the host has read (`post-return`).
///
/// # Safety
/// `at` must come from [`give_address`] for the same type.
pub unsafe fn take_back<T: Value>(at: i32) {
    let at = at as *mut u8;
    drop(T::load(at));
    release(at, T::SIZE, T::ALIGN);
}

fn reserve(size: usize, align: usize) -> *mut u8 {
    if size == 0 {
        return align as *mut u8;
    }
    let layout = Layout::from_size_align(size, align).expect("a size below 2 GiB");
    // The size is not zero.
    let at = unsafe { alloc(layout) };
    if at.is_null() {
        handle_alloc_error(layout)
    }
    at
}

unsafe fn release(at: *mut u8, size: usize, align: usize) {
    if size != 0 {
        dealloc(at, Layout::from_size_align_unchecked(size, align))
    }
}

/// How the host gets memory for arguments (canonical option `realloc`).
#[no_mangle]
unsafe extern "C" fn cabi_realloc(old: *mut u8, old_size: usize, align: usize, size: usize) -> *mut u8 {
    if old_size == 0 {
        return reserve(size, align);
    }
    let layout = Layout::from_size_align(old_size, align).expect("a size that was given out");
    let at = realloc(old, layout, size);
    if at.is_null() {
        handle_alloc_error(layout)
    }
    at
}

/// Exports a function under its WIT name. Core parameters stand in the brackets, values in the parentheses:
///
/// ```ignore
/// export!("greet" [a: i32, b: i32] (name: String) -> String { format!("Hello, {name}!") });
/// ```
///
/// `export!(memory …)` is for results that are returned by address, and adds the `post-return` function that frees
/// them; `export!(packed …)` for functions of more than 16 core parameters, which the host passes as one record.
#[macro_export]
macro_rules! export {
    ($name:literal [$($core:ident: $word:ty),*] ($($arg:ident: $type:ty),*) -> $result:ty $body:block) => {
        const _: () = {
            #[export_name = $name]
            unsafe extern "C" fn call($($core: $word),*) -> <$result as $crate::Value>::Returned {
                let words: &[u64] = &[$($crate::Word::word($core)),*];
                #[allow(unused_mut, unused_variables)]
                let mut flat = $crate::Flat::new(words);
                $(let $arg = <$type as $crate::Value>::lift(&mut flat);)*
                #[allow(clippy::unused_unit)]
                let result: $result = (move || $body)();
                $crate::Value::give(result)
            }
        };
    };
    (memory $name:literal [$($core:ident: $word:ty),*] ($($arg:ident: $type:ty),*) -> $result:ty $body:block) => {
        $crate::export!($name [$($core: $word),*] ($($arg: $type),*) -> $result $body);
        const _: () = {
            #[export_name = concat!("cabi_post_", $name)]
            unsafe extern "C" fn post(at: i32) {
                $crate::take_back::<$result>(at)
            }
        };
    };
    (packed $name:literal ($($arg:ident: $type:ty),*) -> $result:ty $body:block) => {
        const _: () = {
            $crate::record! { struct Arguments { $($arg: $type),* } }

            #[export_name = $name]
            unsafe extern "C" fn call(at: i32) -> <$result as $crate::Value>::Returned {
                let Arguments { $($arg),* } = $crate::Value::load(at as *const u8);
                let result: $result = (move || $body)();
                $crate::Value::give(result)
            }

            #[export_name = concat!("cabi_post_", $name)]
            unsafe extern "C" fn post(at: i32) {
                $crate::take_back::<$result>(at)
            }
        };
    };
}
