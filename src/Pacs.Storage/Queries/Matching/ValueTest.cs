using System.Globalization;
using System.Text.RegularExpressions;
using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Queries.Matching;

/// <summary>What one value has to be. Pure; the SQL of <see cref="Sql.ConditionSql"/> means the same.</summary>
internal abstract record ValueTest
{
    public abstract bool Accepts(string value);
}

/// <summary>Single value matching (PS3.4 §C.2.2.2.1), case-sensitive.</summary>
internal sealed record IsExactly(string Value) : ValueTest
{
    public override bool Accepts(string value) => string.Equals(Value, value, StringComparison.Ordinal);
}

/// <summary>Wildcard matching (PS3.4 §C.2.2.2.4), case-sensitive.</summary>
internal sealed record IsLike(WildcardPattern Pattern) : ValueTest
{
    public override bool Accepts(string value) => Pattern.IsMatch(value);
}

/// <summary>Single value matching of numbers: "1" and "+01.0" are the same.</summary>
internal sealed record IsNumber(decimal Value) : ValueTest
{
    public override bool Accepts(string value) => TryParse(value, out var number) && number == Value;

    public static bool TryParse(string text, out decimal number) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
}

/// <summary>A number between two; either may be open.</summary>
internal sealed record IsNumberWithin(decimal? From, decimal? To) : ValueTest
{
    public override bool Accepts(string value) => IsNumber.TryParse(value, out var number) && (From is not { } from || number >= from) && (To is not { } to || number <= to);
}

/// <summary>A text in which the expression is found. Only the beginning of a very long one is looked at.</summary>
internal sealed record IsFound(Regex Pattern) : ValueTest
{
    private const int MaxLength = 4096;

    public override bool Accepts(string value) => Pattern.IsMatch(value.Length > MaxLength ? value[..MaxLength] : value);
}

/// <summary>The same person name, blind to case and accents.</summary>
internal sealed record IsSameName(string Folded) : ValueTest
{
    public override bool Accepts(string value) => PersonName.Fold(value) == Folded;
}

/// <summary>Single value and range matching of dates (PS3.4 §C.2.2.2.5).</summary>
internal sealed record IsDateWithin(ValueRange<DateOnly> Range) : ValueTest
{
    public override bool Accepts(string value) => DicomDate.TryParse(value, out var date) && Range.Contains(date);
}

/// <summary>Single value and range matching of times of day; "2230" is "223000".</summary>
internal sealed record IsTimeWithin(ValueRange<TimeOnly> Range) : ValueTest
{
    public override bool Accepts(string value) => DicomTime.TryParse(value, out var time) && Range.Contains(time);
}

/// <summary>Single value and range matching of moments, those without an offset taken as UTC. A value known only to the day or year matches if some moment of it does.</summary>
internal sealed record IsDateTimeWithin(ValueRange<DateTime> Range) : ValueTest
{
    public override bool Accepts(string value) =>
        DicomDateTime.TryParse(value, out var moment) && moment.In(TimeSpan.Zero) is var utc
        && (Range.From is not { } from || utc.End >= from) && (Range.To is not { } to || utc.Start <= to);
}

/// <summary>Matching of person names, blind to case and accents, group by group.</summary>
internal sealed record IsName(NamePattern Pattern, bool OrLike) : ValueTest
{
    public override bool Accepts(string value)
    {
        var folded = PersonName.Fold(value);
        return Pattern.IsMatch(folded) || (OrLike && NameLikeness.IsAlike(Pattern.Folded, folded));
    }
}
