//! Lists and strings: an address and a length.

use crate::{give_address, Flat, Value};

impl<T: Value> Value for Vec<T> {
    const SIZE: usize = 8;
    const ALIGN: usize = 4;
    const FLAT: usize = 2;
    type Returned = i32;

    unsafe fn load(at: *const u8) -> Self {
        T::load_list(u32::load(at) as *mut u8, u32::load(at.add(4)) as usize)
    }

    unsafe fn store(self, at: *mut u8) {
        let length = self.len() as u32;
        (T::store_list(self) as u32).store(at);
        length.store(at.add(4))
    }

    unsafe fn lift(flat: &mut Flat) -> Self {
        let at = flat.next() as *mut u8;
        T::load_list(at, flat.next() as usize)
    }

    fn give(self) -> i32 {
        give_address(self)
    }
}

impl Value for String {
    const SIZE: usize = 8;
    const ALIGN: usize = 4;
    const FLAT: usize = 2;
    type Returned = i32;

    unsafe fn load(at: *const u8) -> Self {
        String::from_utf8(Vec::load(at)).expect("UTF-8")
    }

    unsafe fn store(self, at: *mut u8) {
        self.into_bytes().store(at)
    }

    unsafe fn lift(flat: &mut Flat) -> Self {
        String::from_utf8(Vec::lift(flat)).expect("UTF-8")
    }

    fn give(self) -> i32 {
        give_address(self)
    }
}
