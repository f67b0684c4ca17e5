namespace Pacs.Storage.Queries;

/// <summary>A query as both C-FIND and QIDO-RS mean it. Edges only translate into this.</summary>
public sealed record QuerySpec(QueryLevel Level)
{
    /// <summary>Conditions, all of which hold. Keys of higher levels (and of the patient, in Study Root) included.</summary>
    public IReadOnlyList<MatchingKey> Keys { get; init; } = [];

    /// <summary>Attributes wanted in each match, besides the unique keys of this and the higher levels. A sequence by its own tag.</summary>
    public IReadOnlyList<AttributePath> Return { get; init; } = [];

    /// <summary>Return everything kept for the level (includefield=all).</summary>
    public bool ReturnAll { get; init; }

    /// <summary>At most so many matches; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>Matches to leave out first, in the stable order (newest first).</summary>
    public int Offset { get; init; }

    /// <summary>Person names match by likeness as well.</summary>
    public bool FuzzyMatching { get; init; }

    /// <summary>
    /// A date key and the time key of the same event (Study Date and Study Time) are one range of moments, rather than days
    /// and times of day apart (PS3.4 §C.2.2.2.5). QIDO-RS: always (PS3.18 §8.3.4.1). C-FIND: when negotiated.
    /// </summary>
    public bool CombinedDateTime { get; init; }

    /// <summary>A key of two quotation marks matches what is absent or has no value (PS3.4 §C.2.2.2.7).</summary>
    public bool EmptyValueMatching { get; init; }

    /// <summary>Of several values in a key each has to match, rather than any, where the attribute can have several (PS3.4 §C.2.2.2.8). A list of UIDs stays a list.</summary>
    public bool MultipleValueMatching { get; init; }

    /// <summary>
    /// The offset from UTC of the clock that dates and times in keys are of (timezone query adjustment, PS3.4 §C.5.1.1); an
    /// object's own are held against them as that clock shows them. Null: all are compared as they are written.
    /// </summary>
    public TimeSpan? TimezoneOffset { get; init; }

    /// <summary>Creators of the private elements among keys and wanted attributes, by the block that these name them in. Elements of blocks that are not named are taken as they lie.</summary>
    public IReadOnlyList<PrivateBlock> PrivateBlocks { get; init; } = [];
}
