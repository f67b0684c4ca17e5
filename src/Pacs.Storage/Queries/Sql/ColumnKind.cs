namespace Pacs.Storage.Queries.Sql;

/// <summary>How values are kept in a column, and with that how conditions on it are written.</summary>
internal enum ColumnKind
{
    /// <summary>As received, trimmed; empty when absent.</summary>
    Text,
    /// <summary>A number; null when absent.</summary>
    Number,
    /// <summary>YYYYMMDD; empty when absent or not a date.</summary>
    Date,
    /// <summary>HHMMSS.FFFFFF; empty when absent or not a time.</summary>
    Time,
    /// <summary>A folded person name; empty when absent.</summary>
    Name,
    /// <summary>Several texts.</summary>
    TextArray,
    /// <summary>
    /// Modalities in Study: matched through the series. For how many of these have a modality, however rare, the planner
    /// has good figures; for elements of an array it has none, and reads a million studies to find the ten that match.
    /// </summary>
    Modalities,
}
