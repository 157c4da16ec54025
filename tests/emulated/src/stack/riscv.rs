//! The instructions of RV32IMAC and RV32IMAFC, as far as they move the stack or leave the function.
//!
//! # Source
//! *The RISC-V Instruction Set Manual*, volume I (20191213), chapters 2, 16 and 24.

use super::{Bytes, Decoder, Effect};

/// The return address and the stack pointer.
const RA: usize = 1;
const SP: usize = 2;

/// Code, with the constants that registers were given, and whether the function has a table of places in it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Riscv {
    known: [Option<u32>; 32],
    table: bool,
}

/// Sign-extends the lowest `bits` of a number.
const fn signed(number: u32, bits: u32) -> u32 {
    (((number << (32 - bits)) as i32) >> (32 - bits)) as u32
}

/// Takes the bits of an immediate: from place, to place, how many.
fn gather(code: u32, parts: &[(u32, u32, u32)]) -> u32 {
    parts.iter().fold(0, |sum, &(from, to, count)| sum | (code >> from & ((1 << count) - 1)) << to)
}

/// An addition to a register, where it is to the stack pointer.
fn taken(constant: u32) -> u64 {
    u64::from((constant as i32).min(0).unsigned_abs())
}

impl Riscv {
    fn jump(&self, link: usize, base: usize, offset: u32) -> (Option<u64>, Option<&'static str>) {
        match self.known[base] {
            Some(known) => (Some(u64::from(known.wrapping_add(offset))), None),
            None if link == 0 && (base == RA || base == 5) => (None, None), // return
            None if link == 0 && self.table => (None, None),
            None => (None, Some("calls through a pointer")),
        }
    }

    /// `rd ← rs + constant`.
    fn add(&mut self, rd: usize, rs: usize, constant: u32, effect: &mut Effect) {
        if rd == SP && rs == SP {
            effect.taken = taken(constant);
        } else if rd == SP {
            effect.unknown = Some("takes an unknown depth of stack");
        }
        self.known[rd] = self.known[rs].map(|known| known.wrapping_add(constant));
    }

    /// `sp ← sp ± rs`.
    fn move_stack(&self, by: Option<u32>, effect: &mut Effect) {
        match by {
            Some(constant) => effect.taken = taken(constant),
            None => effect.unknown = Some("takes an unknown depth of stack"),
        }
    }

    /// An instruction of 32 bits.
    fn wide(&mut self, code: u32, address: u32) -> Effect {
        let mut effect = Effect { length: 4, ..Effect::default() };
        let (rd, rs, rs2) =
            ((code >> 7 & 31) as usize, (code >> 15 & 31) as usize, (code >> 20 & 31) as usize);
        let to = |offset: u32| Some(u64::from(address.wrapping_add(offset)));
        match code & 0x7f {
            0x37 => self.known[rd] = Some(code & 0xffff_f000), // lui
            0x17 => self.known[rd] = Some(address.wrapping_add(code & 0xffff_f000)), // auipc
            0x13 if code >> 12 & 7 == 0 => self.add(rd, rs, signed(code >> 20, 12), &mut effect), // addi
            0x33 if rd == SP && rs == SP && code >> 25 == 0 => self.move_stack(self.known[rs2], &mut effect), // add
            0x33 if rd == SP && rs == SP => {
                self.move_stack(self.known[rs2].map(u32::wrapping_neg), &mut effect); // sub
            }
            0x6f => {
                let parts = [(21, 1, 10), (20, 11, 1), (12, 12, 8), (31, 20, 1)];
                effect.branch = to(signed(gather(code, &parts), 21)); // jal
                self.known = [None; 32];
            }
            0x67 => {
                (effect.branch, effect.unknown) = self.jump(rd, rs, signed(code >> 20, 12)); // jalr
                self.known = [None; 32];
            }
            0x63 => {
                let parts = [(8, 1, 4), (25, 5, 6), (7, 11, 1), (31, 12, 1)];
                effect.branch = to(signed(gather(code, &parts), 13));
            }
            0x23 | 0x27 => {} // stores
            _ => {
                if rd == SP && code & 0x7f != 0x07 && code & 0x70 != 0x40 && code & 0x7f != 0x53 {
                    effect.unknown = Some("takes an unknown depth of stack");
                }
                self.known[rd] = None;
            }
        }
        effect
    }

    /// An instruction of 16 bits.
    fn narrow(&mut self, code: u32, address: u32) -> Effect {
        let mut effect = Effect { length: 2, ..Effect::default() };
        let (rd, rs2) = ((code >> 7 & 31) as usize, (code >> 2 & 31) as usize);
        let small = signed(gather(code, &[(2, 0, 5), (12, 5, 1)]), 6);
        let to = |offset: u32| Some(u64::from(address.wrapping_add(offset)));
        match (code & 3, code >> 13) {
            (0, 0 | 2) => self.known[8 + (rs2 & 7)] = None, // addi4spn, lw
            (1, 0) => self.add(rd, rd, small, &mut effect), // addi
            (1, 1 | 5) => {
                let parts = [
                    (3, 1, 3),
                    (11, 4, 1),
                    (2, 5, 1),
                    (7, 6, 1),
                    (6, 7, 1),
                    (9, 8, 2),
                    (8, 10, 1),
                    (12, 11, 1),
                ];
                effect.branch = to(signed(gather(code, &parts), 12)); // jal, j
                self.known = [None; 32];
            }
            (1, 2) => self.known[rd] = Some(small), // li
            (1, 3) if rd == SP => {
                let parts = [(6, 4, 1), (2, 5, 1), (5, 6, 1), (3, 7, 2), (12, 9, 1)];
                effect.taken = taken(signed(gather(code, &parts), 10)); // addi16sp
            }
            (1, 3) => self.known[rd] = Some(small << 12), // lui
            (1, 4) => self.known[8 + (rd & 7)] = None,    // arithmetic
            (1, 6 | 7) => {
                let parts = [(3, 1, 2), (10, 3, 2), (2, 5, 1), (5, 6, 2), (12, 8, 1)];
                effect.branch = to(signed(gather(code, &parts), 9)); // beqz, bnez
            }
            (2, 0 | 2) => self.known[rd] = None, // slli, lwsp
            (2, 4) if rs2 == 0 && rd != 0 => {
                let link = (code >> 12 & 1) as usize;
                (effect.branch, effect.unknown) = self.jump(link, rd, 0); // jr, jalr
                self.known = [None; 32];
            }
            (2, 4) if rd == SP && code >> 12 & 1 == 1 => self.move_stack(self.known[rs2], &mut effect), // add
            (2, 4) => {
                if rd == SP {
                    effect.unknown = Some("takes an unknown depth of stack"); // mv
                }
                self.known[rd] = if code >> 12 & 1 == 0 { self.known[rs2] } else { None };
            }
            _ => {} // stores, floats
        }
        effect
    }
}

impl Decoder for Riscv {
    fn begin(&mut self, table: bool) {
        *self = Self { known: [None; 32], table };
        self.known[0] = Some(0);
    }

    fn effect(&mut self, code: Bytes<'_>, address: u64) -> Option<Effect> {
        let place = u32::try_from(address).ok()?;
        let first = code.half(address)?;
        let effect =
            if first & 3 == 3 { self.wide(code.word(address)?, place) } else { self.narrow(first, place) };
        self.known[0] = Some(0);
        Some(effect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The effects of instructions at 0x8000_0000.
    fn effects(table: bool, bytes: &[u8]) -> Vec<Effect> {
        let code = Bytes { start: 0x8000_0000, all: bytes };
        let mut riscv = Riscv::default();
        riscv.begin(table);
        let mut address = code.start;
        let mut found = Vec::new();
        while let Some(effect) = riscv.effect(code, address) {
            address += effect.length;
            found.push(effect);
        }
        found
    }

    /// What instructions take from the stack.
    fn taken(bytes: &[u8]) -> Vec<u64> {
        effects(false, bytes).iter().map(|effect| effect.taken).collect()
    }

    /// Where an instruction branches to, relative to its address.
    fn offset(bytes: &[u8]) -> Option<i64> {
        let branch = effects(false, bytes)[0].branch?;
        Some(i64::from(branch as u32) - 0x8000_0000)
    }

    #[test]
    fn instructions_take_what_the_manual_says() {
        assert_eq!(taken(&[0x01, 0x11]), [32]); // addi sp, sp, -32
        assert_eq!(taken(&[0x39, 0x71]), [64]); // addi sp, sp, -64 by sixteens
        assert_eq!(taken(&[0x13, 0x01, 0x01, 0x81]), [2032]); // addi sp, sp, -2032
        assert_eq!(taken(&[0x05, 0x61]), [0]); // addi sp, sp, 32
        // lui t0, 1; addi t0, t0, -1024; sub sp, sp, t0; add sp, sp, t0
        let large = [0x85, 0x62, 0x93, 0x82, 0x02, 0xc0, 0x33, 0x01, 0x51, 0x40, 0x16, 0x91];
        assert_eq!(taken(&large), [0, 0, 3072, 0]);
        assert_eq!(taken(&[0xf1, 0x52, 0x16, 0x91]), [0, 4]); // li t0, -4; add sp, sp, t0
    }

    #[test]
    fn branches_arrive_where_the_manual_says() {
        assert_eq!(offset(&[0xef, 0xf0, 0x1f, 0x80]), Some(-2048)); // jal
        assert_eq!(offset(&[0x6f, 0x20, 0x41, 0x34]), Some(0x12344)); // j
        assert_eq!(offset(&[0x05, 0x20]), Some(32)); // jal of 16 bits
        assert_eq!(offset(&[0xf5, 0xbf]), Some(-4)); // j of 16 bits
        assert_eq!(offset(&[0xe3, 0x10, 0xb5, 0xfc]), Some(-64)); // bne
        assert_eq!(offset(&[0x65, 0xdd]), Some(-8)); // beqz
        // auipc ra, 1; jalr -16(ra)
        let call = effects(false, &[0x97, 0x10, 0x00, 0x00, 0xe7, 0x80, 0x00, 0xff]);
        assert_eq!(call[1].branch, Some(0x8000_0ff0));
        assert_eq!(effects(false, &[0x82, 0x80])[0], Effect { length: 2, ..Effect::default() }); // ret
    }

    #[test]
    fn what_cannot_be_followed_is_named() {
        let unknown = |table, bytes: &[u8]| effects(table, bytes)[0].unknown;
        let pointer = Some("calls through a pointer");
        assert_eq!(unknown(true, &[0x82, 0x97]), pointer); // jalr a5
        assert_eq!(unknown(false, &[0x82, 0x87]), pointer); // jr a5
        assert_eq!(unknown(true, &[0x82, 0x87]), None); // the same from a table
        let depth = Some("takes an unknown depth of stack");
        assert_eq!(unknown(false, &[0x33, 0x01, 0x51, 0x40]), depth); // sub sp, sp, t0
        assert_eq!(unknown(false, &[0x22, 0x81]), depth); // mv sp, s0
    }
}
