//! The instructions of Cortex-M, as far as they move the stack or leave the function.
//!
//! # Source
//! Arm, *ARMv6-M* (DDI 0419), *ARMv7-M* (DDI 0403) and *ARMv8-M Architecture Reference Manual* (DDI 0553), A5–A7.

use super::{Bytes, Decoder, Effect};

/// Thumb code, with the constants that the lower registers were given.
#[derive(Clone, Copy, Debug, Default)]
pub struct Thumb {
    known: [Option<u32>; 8],
}

/// Sign-extends the lowest `bits` of a number.
const fn signed(number: u32, bits: u32) -> i64 {
    (((number << (32 - bits)) as i32) >> (32 - bits)) as i64
}

/// The target of a 32-bit branch, relative to its own address.
const fn wide_branch(first: u32, second: u32) -> i64 {
    let (sign, one, two) = ((first >> 10) & 1, (second >> 13) & 1, (second >> 11) & 1);
    let offset = if (second >> 12) & 1 == 1 {
        let (high, low) = (!(one ^ sign) & 1, !(two ^ sign) & 1);
        (sign << 24) | (high << 23) | (low << 22) | ((first & 0x3ff) << 12) | ((second & 0x7ff) << 1)
    } else {
        (sign << 24)
            | (sign << 23)
            | (sign << 22)
            | (sign << 21)
            | (two << 20)
            | (one << 19)
            | (sign << 18)
            | ((first & 0x3f) << 12)
            | ((second & 0x7ff) << 1)
    };
    signed(offset, 25) + 4
}

/// What a 16-bit instruction takes from the stack, and where it branches to, relative to its address.
const fn narrow(code: u32) -> (u64, Option<i64>) {
    match code >> 8 {
        0xb4 | 0xb5 => (4 * ((code & 0x1ff).count_ones() as u64), None),
        0xb0 if code & 0x80 != 0 => (4 * (code as u64 & 0x7f), None),
        0xd0..=0xdd => (0, Some(signed((code & 0xff) << 1, 9) + 4)),
        0xe0..=0xe7 => (0, Some(signed((code & 0x7ff) << 1, 12) + 4)),
        0xb1 | 0xb3 | 0xb9 | 0xbb => {
            (0, Some((((code >> 3) & 0x1f) << 1 | ((code >> 9) & 1) << 6) as i64 + 4))
        }
        _ => (0, None),
    }
}

/// The constant of a wide subtraction, in Thumb's packed form.
const fn packed(first: u32, second: u32) -> u64 {
    let byte = second & 0xff;
    let control = ((first >> 10) & 1) << 4 | ((second >> 12) & 7) << 1 | (byte >> 7);
    match control {
        0 | 1 => byte as u64,
        2 | 3 => (byte << 16 | byte) as u64,
        4 | 5 => (byte << 24 | byte << 8) as u64,
        6 | 7 => (byte << 24 | byte << 16 | byte << 8 | byte) as u64,
        _ => (byte | 0x80).rotate_right(control) as u64,
    }
}

/// The same for a 32-bit instruction.
const fn wide(first: u32, second: u32) -> (u64, Option<i64>) {
    if first == 0xe92d {
        return (4 * (second.count_ones() as u64), None); // push
    }
    if first == 0xf84d && second & 0x0f00 == 0x0d00 {
        return ((second & 0xff) as u64, None); // push of one register
    }
    if first == 0xe96d {
        return (4 * (second & 0xff) as u64, None); // push of two
    }
    if first & 0xffbf == 0xed2d && second & 0x0e00 == 0x0a00 {
        return (4 * (second as u64 & 0xff), None); // vpush
    }
    if first & 0xffef | 0x0400 == 0xf5ad && second & 0x0f00 == 0x0d00 {
        return (packed(first, second), None); // sub sp, sp, #packed
    }
    if first & 0xfbff == 0xf2ad && second & 0x8f00 == 0x0d00 {
        let constant = ((first >> 10) & 1) << 11 | ((second >> 12) & 7) << 8 | (second & 0xff);
        return (constant as u64, None); // sub sp, sp, #plain
    }
    let branches = first >> 11 == 0b11110 && second >> 15 == 1;
    let plain = second & 0x1000 != 0;
    let conditional = second & 0x5000 == 0 && (first >> 6) & 0xf < 0xe;
    if branches && (plain || conditional) { (0, Some(wide_branch(first, second))) } else { (0, None) }
}

/// What cannot be followed in an instruction; `second` is 0 in one of 16 bits.
const fn unknown(first: u32, second: u32) -> Option<&'static str> {
    let register = (first >> 3) & 0xf;
    if first & 0xff87 == 0x4780 || first & 0xff87 == 0x4700 && register != 14 {
        Some("calls through a pointer")
    } else if first & 0xff87 == 0x4685 || first & 0xffe0 == 0xeba0 && second & 0x0f00 == 0x0d00 {
        Some("takes an unknown depth of stack")
    } else {
        None
    }
}

/// Whether an instruction, or the first half of one, takes registers from the stack.
const fn pops(first: u32) -> bool {
    first >> 9 == 0xbc00 >> 9 || first == 0xe8bd
}

impl Decoder for Thumb {
    fn begin(&mut self, _: bool) {
        self.known = [None; 8];
    }

    fn effect(&mut self, code: Bytes<'_>, address: u64) -> Option<Effect> {
        let first = code.half(address)?;
        if first >> 11 >= 0b11101 {
            let second = code.half(address + 2)?;
            let (taken, offset) = wide(first, second);
            let branch = offset.and_then(|offset| address.checked_add_signed(offset));
            return Some(Effect { length: 4, taken, branch, unknown: unknown(first, second) });
        }
        let (mut taken, offset) = narrow(first);
        let mut unknown = unknown(first, 0);
        if first >> 11 == 0b01001 {
            let place = ((address + 4) & !3) + 4 * u64::from(first & 0xff);
            self.known[(first >> 8 & 7) as usize] = code.word(place); // ldr of a constant
        } else if first & 0xff87 == 0x4485 {
            match self.known.get((first >> 3 & 0xf) as usize).copied().flatten() {
                Some(constant) => taken = u64::from((constant as i32).min(0).unsigned_abs()), // add sp, constant
                None => unknown = Some("takes an unknown depth of stack"),
            }
        } else if first & 0xff87 == 0x4685 && code.half(address + 2).is_some_and(pops) {
            unknown = None; // back to the frame before its end
        }
        let branch = offset.and_then(|offset| address.checked_add_signed(offset));
        Some(Effect { length: 2, taken, branch, unknown })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_take_what_the_manual_says() {
        assert_eq!(narrow(0xb5f0).0, 20); // push {r4-r7, lr}
        assert_eq!(narrow(0xb09b).0, 108); // sub sp, #108
        assert_eq!(narrow(0xb01b).0, 0); // add sp, #108
        assert_eq!(wide(0xe92d, 0x0f00).0, 16); // push.w {r8-r11}
        assert_eq!(wide(0xf84d, 0xbd04).0, 4); // str r11, [sp, #-4]!
        assert_eq!(wide(0xe96d, 0x4502).0, 8); // strd r4, r5, [sp, #-8]!
        assert_eq!(wide(0xed2d, 0x8b02).0, 8); // vpush {d8}
        assert_eq!(wide(0xf5ad, 0x6d80).0, 1024); // sub.w sp, sp, #1024
        assert_eq!(wide(0xf2ad, 0x4d04).0, 1028); // subw sp, sp, #1028
        assert_eq!(wide(0xf000, 0xf800).1, Some(4)); // bl to the next instruction
        assert_eq!(wide(0xf7ff, 0xfffe).1, Some(0)); // bl to itself
        assert_eq!(narrow(0xe7fe).1, Some(0)); // b to itself
        assert_eq!(narrow(0xb10b).1, Some(6)); // cbz r3 over one instruction
    }

    #[test]
    fn what_cannot_be_followed_is_named() {
        let pointer = Some("calls through a pointer");
        assert_eq!([0x4798, 0x4718, 0x4770].map(|code| unknown(code, 0)), [pointer, pointer, None]); // blx, bx, ret
        let depth = Some("takes an unknown depth of stack");
        assert_eq!(unknown(0xebad, 0x0d03), depth); // sub.w sp, sp, r3
        assert_eq!(unknown(0x46a5, 0), depth); // mov sp, r4
        let end =
            |bytes: [u8; 4]| Thumb::default().effect(Bytes { start: 0, all: &bytes }, 0).unwrap().unknown;
        assert_eq!(end([0xa5, 0x46, 0xf0, 0xbd]), None); // and pop {r4-r7, pc}
        assert_eq!(end([0xa5, 0x46, 0x00, 0xbf]), depth); // and nop
    }

    #[test]
    fn a_depth_from_a_constant_is_read() {
        // ldr r7, [pc, #4]; add sp, r7; add sp, r6; nop; .word -1024
        let bytes = [0x01, 0x4f, 0xbd, 0x44, 0xb5, 0x44, 0x00, 0xbf, 0x00, 0xfc, 0xff, 0xff];
        let code = Bytes { start: 0x100, all: &bytes };
        let mut thumb = Thumb::default();
        thumb.begin(false);
        let effects = [0x100, 0x102, 0x104].map(|address| thumb.effect(code, address).unwrap());
        assert_eq!(effects.map(|effect| effect.taken), [0, 1024, 0]);
        assert!(effects[1].unknown.is_none() && effects[2].unknown.is_some());
    }
}
