namespace Pacs.Storage.Model;

/// <summary>A series.</summary>
public sealed class Series
{
    public long Id { get; set; }
    public long StudyKey { get; set; }
    public string SeriesInstanceUid { get; set; } = "";
    public string Modality { get; set; } = "";
    public long? SeriesNumber { get; set; }
    public string Description { get; set; } = "";
    public string BodyPart { get; set; } = "";
    public string StationName { get; set; } = "";
    public string InstitutionName { get; set; } = "";
    public string Laterality { get; set; } = "";

    /// <summary>Performed Procedure Step Start Date: YYYYMMDD, or empty.</summary>
    public string PerformedStartDate { get; set; } = "";

    /// <summary>Performed Procedure Step Start Time: HHMMSS.ffffff, or empty.</summary>
    public string PerformedStartTime { get; set; } = "";

    /// <summary>Performed Procedure Step ID.</summary>
    public string PerformedStepId { get; set; } = "";

    /// <summary>Compact UTF-8 data set of <see cref="LevelAttributes.Series"/>.</summary>
    public byte[] Attributes { get; set; } = [];

    public int InstanceCount { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>Grows with every change of the series or of anything in it.</summary>
    public long Version { get; set; }
}
