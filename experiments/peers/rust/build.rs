// SPDX-License-Identifier: MIT
//! The message sizes that are compiled as constants are listed in kernels/kernel.h and nowhere else:
//! this reads KERNEL_SIZE_LIST and writes `with_sizes!`, which appends them to a macro's arguments.

use std::path::Path;
use std::{env, fs};

const HEADER: &str = "../../kernels/kernel.h";
const LIST: &str = "#define KERNEL_SIZE_LIST(X)";

fn sizes(header: &str) -> Vec<usize> {
    let joined = header.replace("\\\n", " ");
    let line = joined
        .lines()
        .find_map(|line| line.strip_prefix(LIST))
        .unwrap_or_else(|| panic!("{HEADER} has no line '{LIST} ...'"));
    line.split_whitespace()
        .map(|word| {
            word.strip_prefix("X(")
                .and_then(|rest| rest.strip_suffix(')'))
                .and_then(|digits| digits.parse().ok())
                .filter(|bytes| bytes % 8 == 0)
                .unwrap_or_else(|| {
                    panic!("{HEADER}: '{word}' is not X(bytes) with a multiple of 8")
                })
        })
        .collect()
}

fn main() {
    println!("cargo::rerun-if-changed={HEADER}");
    let header = fs::read_to_string(HEADER).unwrap_or_else(|e| panic!("{HEADER}: {e}"));
    let list: String = sizes(&header).iter().map(|n| format!(" {n}")).collect();
    let text = format!(
        "macro_rules! with_sizes {{\n    ($then:ident!($($args:tt)*)) => {{ $then!($($args)*{list}); }};\n}}\n"
    );
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("sizes.rs"), text).expect("OUT_DIR can be written");
}
