// SPDX-License-Identifier: MIT
//! The message sizes that are compiled as constants are listed in C headers and nowhere else: this
//! reads PEER_SIZE_LIST and writes `with_sizes!`, which appends them to a macro's arguments.

use std::path::Path;
use std::{env, fs};

/// Says where the Makefile's built.h is, which has KERNEL_SIZE_LIST.
const BUILT: &str = "RINGSIDE_BUILT_H";

fn built() -> String {
    println!("cargo::rerun-if-env-changed={BUILT}");
    env::var(BUILT).unwrap_or_else(|e| panic!("{BUILT}: {e}; scripts/build-rust-peers sets it"))
}

fn read(header: &str) -> String {
    println!("cargo::rerun-if-changed={header}");
    fs::read_to_string(header).unwrap_or_else(|e| panic!("{header}: {e}")).replace("\\\n", " ")
}

/// The sizes of `list(X)`, whose words are X(bytes) or other lists.
fn sizes(text: &str, list: &str) -> Vec<usize> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(&format!("#define {list}(X) ")))
        .unwrap_or_else(|| panic!("no line '#define {list}(X)' in ../sizes.h or in built.h"));
    line.split_whitespace()
        .flat_map(|word| match word.trim_end_matches(')').split_once('(') {
            Some(("X", bytes)) => match bytes.parse() {
                Ok(bytes) if bytes > 0 && bytes % 8 == 0 => vec![bytes],
                _ => panic!("{list}: {word} is not of a multiple of 8 bytes"),
            },
            Some((other, "X")) => sizes(text, other),
            _ => panic!("{list}: '{word}' is neither X(bytes) nor a list"),
        })
        .collect()
}

fn main() {
    let text: String = ["../sizes.h".to_string(), built()].map(|header| read(&header)).concat();
    let list: String = sizes(&text, "PEER_SIZE_LIST").iter().map(|n| format!(" {n}")).collect();
    let with_sizes = format!(
        "macro_rules! with_sizes {{\n    ($then:ident!($($args:tt)*)) => {{ $then!($($args)*{list}); }};\n}}\n"
    );
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("sizes.rs"), with_sizes).expect("OUT_DIR can be written");
}
