namespace Pacs.Dicom.Parsing;

/// <summary>What a data set may cost its reader. Everything a peer declares is held against these before memory is taken.</summary>
public sealed record DatasetLimits
{
    public static DatasetLimits Default { get; } = new();

    /// <summary>Values longer than this many bytes are left where they are and become a <see cref="Datasets.BulkElement"/>; so do all pixel data and the encapsulated document of the data set itself. Default 64 KiB.</summary>
    public int MaxInlineValueLength { get; init; } = 64 * 1024;

    /// <summary>Every value is kept in memory, pixel data and fragments too: <see cref="MaxInlineTotal"/> is what bounds it. Default false.</summary>
    public bool KeepBulkData { get; init; }

    /// <summary>Bytes of all inline values together; past it the data set is refused. Default 64 MiB.</summary>
    public long MaxInlineTotal { get; init; } = 64 * 1024 * 1024;

    /// <summary>Elements and items within sequences that are kept; what comes after is checked, but left out of the result (<see cref="DatasetParser.IsAbridged"/>). Default all.</summary>
    public int MaxNestedElements { get; init; } = int.MaxValue;

    /// <summary>Bytes of inline values within sequences that are kept, likewise. Default all.</summary>
    public long MaxNestedLength { get; init; } = long.MaxValue;

    /// <summary>Sequences within sequences. Default 64.</summary>
    public int MaxDepth { get; init; } = 64;

    /// <summary>Elements, items and fragments together. Default 4 million.</summary>
    public int MaxElements { get; init; } = 4_000_000;

    /// <summary>Bytes that a deflated data set may inflate to. Default 16 GiB.</summary>
    public long MaxInflatedLength { get; init; } = 16L << 30;
}
