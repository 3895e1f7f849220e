//! How often words occur (counts.wit).

use abi::{export, record};
use std::collections::{BTreeMap, HashSet};

type Entry = (String, u32);

record! {
    struct Summary { total: u64, distinct: u32, longest: Option<String> }
}

fn count(text: &str) -> Vec<Entry> {
    let mut counts = BTreeMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word).or_insert(0) += 1
    }
    counts.into_iter().map(|(word, count)| (word.to_string(), count)).collect()
}

/// Adds up as it goes through both, so that lists of any order are merged rightly.
fn merge(left: Vec<Entry>, right: Vec<Entry>) -> Vec<Entry> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for (word, count) in left.into_iter().chain(right) {
        let sum = counts.entry(word).or_insert(0);
        *sum = sum.checked_add(count).expect("a sum that fits");
    }
    counts.into_iter().collect()
}

fn without(counts: Vec<Entry>, words: Vec<String>) -> Vec<Entry> {
    let words: HashSet<String> = words.into_iter().collect();
    counts.into_iter().filter(|(word, _)| !words.contains(word)).collect()
}

fn top(mut counts: Vec<Entry>, n: u32) -> Vec<Entry> {
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts.truncate(n as usize);
    counts
}

fn summarise(counts: Vec<Entry>) -> Summary {
    Summary {
        total: counts.iter().map(|(_, count)| *count as u64).sum(),
        distinct: counts.len() as u32,
        // The first of the longest: `max_by_key` would give the last.
        longest: counts.into_iter().rev().map(|(word, _)| word).max_by_key(|word| word.chars().count()),
    }
}

export!(
    memory "examples:wordcount/counts@0.1.0#count"
    [at: i32, length: i32] (text: String) -> Vec<Entry> { count(&text) }
);

export!(
    memory "examples:wordcount/counts@0.1.0#merge"
    [a: i32, b: i32, c: i32, d: i32] (left: Vec<Entry>, right: Vec<Entry>) -> Vec<Entry> { merge(left, right) }
);

export!(
    memory "examples:wordcount/counts@0.1.0#without"
    [a: i32, b: i32, c: i32, d: i32] (counts: Vec<Entry>, words: Vec<String>) -> Vec<Entry> { without(counts, words) }
);

export!(
    memory "examples:wordcount/counts@0.1.0#top"
    [a: i32, b: i32, c: i32] (counts: Vec<Entry>, n: u32) -> Vec<Entry> { top(counts, n) }
);

export!(
    memory "examples:wordcount/counts@0.1.0#summarise"
    [a: i32, b: i32] (counts: Vec<Entry>) -> Summary { summarise(counts) }
);
