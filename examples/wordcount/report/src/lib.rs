//! Counts for people to read (report.wit).

use abi::{cases, export, record};
use std::fmt::Write;

/// Length of the longest bar.
const BAR: u64 = 40;

record! {
    struct Summary { total: u64, distinct: u32, longest: Option<String> }
}

cases! {
    enum Align: u8 { Left, Right }
}

fn table(title: &str, rows: &[(String, u32)], summary: &Summary, align: Align) -> String {
    let mut out = String::new();
    let width = rows.iter().map(|(word, _)| word.chars().count()).max().unwrap_or(0);
    let digits = rows.iter().map(|(_, count)| count.to_string().len()).max().unwrap_or(0);
    let most = rows.iter().map(|(_, count)| *count as u64).max().unwrap_or(0).max(1);
    let line = "-".repeat(title.chars().count());
    let longest = summary.longest.as_deref().unwrap_or("none");
    // Writing to a string does not fail.
    let _ = writeln!(out, "{title}\n{line}");
    let _ = writeln!(out, "{} words, {} different, the longest: {longest}\n", summary.total, summary.distinct);
    for (word, count) in rows {
        let bar = "#".repeat(((*count as u64 * BAR + most - 1) / most) as usize);
        let _ = match align {
            Align::Left => writeln!(out, "{word:<width$}  {count:>digits$}  {bar}"),
            Align::Right => writeln!(out, "{word:>width$}  {count:>digits$}  {bar}"),
        };
    }
    out
}

export!(
    memory "table"
    [a: i32, b: i32, c: i32, d: i32, e: i64, f: i32, g: i32, h: i32, i: i32, j: i32]
    (title: String, rows: Vec<(String, u32)>, summary: Summary, align: Align) -> String {
        table(&title, &rows, &summary, align)
    }
);
