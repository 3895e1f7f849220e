//! Types of one core value.

use crate::{Flat, Value};

macro_rules! scalar {
    ($type:ty, $core:ty, $memory:ty, $from:expr, $to:expr) => {
        impl Value for $type {
            const SIZE: usize = std::mem::size_of::<$memory>();
            const ALIGN: usize = std::mem::size_of::<$memory>();
            const FLAT: usize = 1;
            type Returned = $core;

            unsafe fn load(at: *const u8) -> Self {
                let from: fn($memory) -> $type = $from;
                from((at as *const $memory).read())
            }

            unsafe fn store(self, at: *mut u8) {
                let to: fn($type) -> $memory = $to;
                (at as *mut $memory).write(to(self))
            }

            unsafe fn lift(flat: &mut Flat) -> Self {
                let from: fn($memory) -> $type = $from;
                from(flat.next() as $memory)
            }

            fn give(self) -> $core {
                self as $core
            }
        }
    };
}

scalar!(u16, i32, u16, |v| v, |v| v);
scalar!(u32, i32, u32, |v| v, |v| v);
scalar!(u64, i64, u64, |v| v, |v| v);
scalar!(i8, i32, u8, |v| v as i8, |v| v as u8);
scalar!(i16, i32, u16, |v| v as i16, |v| v as u16);
scalar!(i32, i32, u32, |v| v as i32, |v| v as u32);
scalar!(i64, i64, u64, |v| v as i64, |v| v as u64);
scalar!(bool, i32, u8, |v| v != 0, |v| v as u8);

macro_rules! float {
    ($type:ty, $bits:ty) => {
        impl Value for $type {
            const SIZE: usize = std::mem::size_of::<$bits>();
            const ALIGN: usize = Self::SIZE;
            const FLAT: usize = 1;
            type Returned = $type;

            unsafe fn load(at: *const u8) -> Self {
                <$type>::from_bits((at as *const $bits).read())
            }

            unsafe fn store(self, at: *mut u8) {
                (at as *mut $bits).write(self.to_bits())
            }

            unsafe fn lift(flat: &mut Flat) -> Self {
                <$type>::from_bits(flat.next() as $bits)
            }

            fn give(self) -> $type {
                self
            }
        }
    };
}

float!(f32, u32);
float!(f64, u64);

impl Value for char {
    const SIZE: usize = 4;
    const ALIGN: usize = 4;
    const FLAT: usize = 1;
    type Returned = i32;

    unsafe fn load(at: *const u8) -> Self {
        char::from_u32(u32::load(at)).expect("a Unicode scalar value")
    }

    unsafe fn store(self, at: *mut u8) {
        (self as u32).store(at)
    }

    unsafe fn lift(flat: &mut Flat) -> Self {
        char::from_u32(u32::lift(flat)).expect("a Unicode scalar value")
    }

    fn give(self) -> i32 {
        self as i32
    }
}

/// Bytes: a list of them changes hands without being copied.
impl Value for u8 {
    const SIZE: usize = 1;
    const ALIGN: usize = 1;
    const FLAT: usize = 1;
    type Returned = i32;

    unsafe fn load(at: *const u8) -> Self {
        at.read()
    }

    unsafe fn store(self, at: *mut u8) {
        at.write(self)
    }

    unsafe fn lift(flat: &mut Flat) -> Self {
        flat.next() as u8
    }

    fn give(self) -> i32 {
        self as i32
    }

    unsafe fn load_list(at: *mut u8, length: usize) -> Vec<u8> {
        if length == 0 {
            return Vec::new();
        }
        Vec::from_raw_parts(at, length, length)
    }

    fn store_list(values: Vec<u8>) -> *mut u8 {
        Box::into_raw(values.into_boxed_slice()) as *mut u8
    }
}

/// No value: a function without result, a case without payload.
impl Value for () {
    const SIZE: usize = 0;
    const ALIGN: usize = 1;
    const FLAT: usize = 0;
    type Returned = ();

    unsafe fn load(_: *const u8) -> Self {}

    unsafe fn store(self, _: *mut u8) {}

    unsafe fn lift(_: &mut Flat) -> Self {}

    fn give(self) {}
}
