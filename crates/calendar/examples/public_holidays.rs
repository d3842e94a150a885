//! Prints the public holidays of a range of years, one a line: `public_holidays 2000 2100`.
//! `e2e/holidays.test.mjs` compares them with an independent package.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let years: Vec<i32> = std::env::args().skip(1).map(|year| year.parse()).collect::<Result<_, _>>()?;
    let [first, last] = years[..] else {
        return Err("indiquez la première et la dernière année : public_holidays 2000 2100".into());
    };
    for holiday in (first..=last).flat_map(beffroi_calendar::public_holidays) {
        println!("{}\t{}", holiday.date, holiday.name);
    }
    Ok(())
}
