//! Records, tuples, variants, enums and flags: declared by a macro, laid out by the rules of the canonical ABI.

use crate::{give_address, max, up, Flat, Value};

/// A record: fields one after the other, each at its alignment.
#[macro_export]
macro_rules! record {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($field:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        $vis struct $name { $(pub $field: $type),* }

        impl $crate::Value for $name {
            const ALIGN: usize = {
                let mut align = 1;
                $(align = $crate::max(align, <$type as $crate::Value>::ALIGN);)*
                align
            };
            const SIZE: usize = {
                let mut size = 0;
                $(size = $crate::up(size, <$type as $crate::Value>::ALIGN) + <$type as $crate::Value>::SIZE;)*
                $crate::up(size, Self::ALIGN)
            };
            const FLAT: usize = 0 $(+ <$type as $crate::Value>::FLAT)*;
            type Returned = i32;

            #[allow(unused_assignments)]
            unsafe fn load(at: *const u8) -> Self {
                let mut offset = 0;
                $(
                    offset = $crate::up(offset, <$type as $crate::Value>::ALIGN);
                    let $field = <$type as $crate::Value>::load(at.add(offset));
                    offset += <$type as $crate::Value>::SIZE;
                )*
                $name { $($field),* }
            }

            #[allow(unused_assignments)]
            unsafe fn store(self, at: *mut u8) {
                let mut offset = 0;
                $(
                    offset = $crate::up(offset, <$type as $crate::Value>::ALIGN);
                    $crate::Value::store(self.$field, at.add(offset));
                    offset += <$type as $crate::Value>::SIZE;
                )*
            }

            unsafe fn lift(flat: &mut $crate::Flat) -> Self {
                $(let $field = <$type as $crate::Value>::lift(flat);)*
                $name { $($field),* }
            }

            fn give(self) -> i32 {
                $crate::give_address(self)
            }
        }
    };
}

/// A variant of at most 256 cases: a byte that tells the case, then its payload.
#[macro_export]
macro_rules! variant {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($case:ident $(($payload:ident: $type:ty))?),* $(,)? }) => {
        $(#[$meta])*
        $vis enum $name { $($case $(($type))?),* }

        impl $crate::Value for $name {
            const ALIGN: usize = {
                let mut align = 1;
                $($(align = $crate::max(align, <$type as $crate::Value>::ALIGN);)?)*
                align
            };
            const SIZE: usize = {
                let mut size = 0;
                $($(size = $crate::max(size, <$type as $crate::Value>::SIZE);)?)*
                $crate::up(Self::ALIGN + size, Self::ALIGN)
            };
            const FLAT: usize = {
                let mut flat = 0;
                $($(flat = $crate::max(flat, <$type as $crate::Value>::FLAT);)?)*
                1 + flat
            };
            type Returned = i32;

            #[allow(unused_assignments)]
            unsafe fn load(at: *const u8) -> Self {
                let case = at.read();
                let mut index = 0;
                $(
                    if case == index {
                        return $name::$case $((<$type as $crate::Value>::load(at.add(Self::ALIGN))))?;
                    }
                    index += 1;
                )*
                panic!("no such case")
            }

            #[allow(unused_assignments)]
            unsafe fn store(self, at: *mut u8) {
                let mut index = 0;
                $(
                    if let $name::$case { .. } = self {
                        at.write(index);
                    }
                    index += 1;
                )*
                match self {
                    $($name::$case $(($payload))? => {
                        $($crate::Value::store($payload, at.add(Self::ALIGN));)?
                    })*
                }
            }

            #[allow(unused_assignments, unused_mut, unused_variables)]
            unsafe fn lift(flat: &mut $crate::Flat) -> Self {
                let case = flat.next();
                let mut payload = flat.split(Self::FLAT - 1);
                let mut index = 0;
                $(
                    if case == index {
                        return $name::$case $((<$type as $crate::Value>::lift(&mut payload)))?;
                    }
                    index += 1;
                )*
                panic!("no such case")
            }

            fn give(self) -> i32 {
                $crate::give_address(self)
            }
        }
    };
}

/// An enum: the number of its case in an unsigned integer of the given type.
#[macro_export]
macro_rules! cases {
    ($(#[$meta:meta])* $vis:vis enum $name:ident: $int:ty { $($case:ident),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy)]
        $vis enum $name { $($case),* }

        impl $name {
            fn at(index: u64) -> Self {
                [$($name::$case),*][index as usize]
            }
        }

        impl $crate::Value for $name {
            const SIZE: usize = <$int as $crate::Value>::SIZE;
            const ALIGN: usize = <$int as $crate::Value>::ALIGN;
            const FLAT: usize = 1;
            type Returned = i32;

            unsafe fn load(at: *const u8) -> Self {
                Self::at(<$int as $crate::Value>::load(at) as u64)
            }

            unsafe fn store(self, at: *mut u8) {
                $crate::Value::store(self as $int, at)
            }

            unsafe fn lift(flat: &mut $crate::Flat) -> Self {
                Self::at(flat.next())
            }

            fn give(self) -> i32 {
                self as i32
            }
        }
    };
}

macro_rules! tuple {
    ($($type:ident $index:tt),*) => {
        impl<$($type: Value),*> Value for ($($type,)*) {
            const ALIGN: usize = {
                let mut align = 1;
                $(align = max(align, $type::ALIGN);)*
                align
            };
            const SIZE: usize = {
                let mut size = 0;
                $(size = up(size, $type::ALIGN) + $type::SIZE;)*
                up(size, Self::ALIGN)
            };
            const FLAT: usize = 0 $(+ $type::FLAT)*;
            type Returned = i32;

            #[allow(unused_assignments)]
            unsafe fn load(at: *const u8) -> Self {
                let mut offset = 0;
                ($({
                    offset = up(offset, $type::ALIGN);
                    let value = $type::load(at.add(offset));
                    offset += $type::SIZE;
                    value
                },)*)
            }

            #[allow(unused_assignments)]
            unsafe fn store(self, at: *mut u8) {
                let mut offset = 0;
                $(
                    offset = up(offset, $type::ALIGN);
                    self.$index.store(at.add(offset));
                    offset += $type::SIZE;
                )*
            }

            unsafe fn lift(flat: &mut Flat) -> Self {
                ($($type::lift(flat),)*)
            }

            fn give(self) -> i32 {
                give_address(self)
            }
        }
    };
}

tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);

impl<T: Value, E: Value> Value for Result<T, E> {
    const ALIGN: usize = max(T::ALIGN, E::ALIGN);
    const SIZE: usize = up(Self::ALIGN + max(T::SIZE, E::SIZE), Self::ALIGN);
    const FLAT: usize = 1 + max(T::FLAT, E::FLAT);
    type Returned = i32;

    unsafe fn load(at: *const u8) -> Self {
        let payload = at.add(Self::ALIGN);
        match at.read() {
            0 => Ok(T::load(payload)),
            1 => Err(E::load(payload)),
            _ => panic!("no such case"),
        }
    }

    unsafe fn store(self, at: *mut u8) {
        let payload = at.add(Self::ALIGN);
        match self {
            Ok(value) => {
                at.write(0);
                value.store(payload)
            }
            Err(error) => {
                at.write(1);
                error.store(payload)
            }
        }
    }

    unsafe fn lift(flat: &mut Flat) -> Self {
        let case = flat.next();
        let mut payload = flat.split(Self::FLAT - 1);
        match case {
            0 => Ok(T::lift(&mut payload)),
            1 => Err(E::lift(&mut payload)),
            _ => panic!("no such case"),
        }
    }

    fn give(self) -> i32 {
        if Self::FLAT == 1 {
            return self.is_err() as i32;
        }
        give_address(self)
    }
}

/// An option is laid out as a variant of `none` and `some`.
impl<T: Value> Value for Option<T> {
    const ALIGN: usize = <Result<(), T>>::ALIGN;
    const SIZE: usize = <Result<(), T>>::SIZE;
    const FLAT: usize = <Result<(), T>>::FLAT;
    type Returned = i32;

    unsafe fn load(at: *const u8) -> Self {
        <Result<(), T>>::load(at).err()
    }

    unsafe fn store(self, at: *mut u8) {
        self.map_or(Ok(()), Err).store(at)
    }

    unsafe fn lift(flat: &mut Flat) -> Self {
        <Result<(), T>>::lift(flat).err()
    }

    fn give(self) -> i32 {
        self.map_or(Ok(()), Err).give()
    }
}
