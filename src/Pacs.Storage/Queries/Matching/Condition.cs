using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Queries.Matching;

/// <summary>A node of the condition tree. Conditions at one place all hold.</summary>
internal abstract record Condition;

/// <summary>One of the attribute's values passes one of the tests (PS3.4 §C.2.2.3: of an attribute with many values, any may match).</summary>
internal sealed record ValueCondition(Tag Tag, Vr Vr, IReadOnlyList<ValueTest> AnyOf) : Condition;

/// <summary>The attribute is absent or has no value (PS3.4 §C.2.2.2.7); a sequence has no items.</summary>
internal sealed record EmptyCondition(Tag Tag) : Condition;

/// <summary>The attribute has a value; a sequence has items.</summary>
internal sealed record FilledCondition(Tag Tag) : Condition;

/// <summary>Of a private attribute, wherever the block of its creator lies: group and last two digits are those of the tag.</summary>
internal sealed record PrivateCondition(string Creator, Tag Tag, Func<Tag, Condition> Of) : Condition;

/// <summary>One item of the sequence meets all conditions (PS3.4 §C.2.2.2.6).</summary>
internal sealed record ItemCondition(Tag Sequence, IReadOnlyList<Condition> All) : Condition;

/// <summary>A date and a time attribute that together are a moment, within the range (PS3.4 §C.2.2.2.5).</summary>
internal sealed record MomentCondition(Tag Date, Tag Time, ValueRange<DateTime> Range) : Condition;

/// <summary>
/// A moment within one of the ranges, or a time of day within one, as a clock of the offset shows it: of a date and a time
/// attribute together, or of one that is both (Time is null).
/// </summary>
internal sealed record ZonedCondition(Tag Date, Tag? Time, TimeSpan Offset) : Condition
{
    public IReadOnlyList<ValueRange<DateTime>> Moments { get; init; } = [];
    public IReadOnlyList<ValueRange<TimeOnly>> TimesOfDay { get; init; } = [];
}
