namespace Pacs.Storage.Model;

/// <summary>Patient ID with its issuer; or, without a Patient ID, the unknown patient of one study.</summary>
public sealed class Patient
{
    public long Id { get; set; }

    /// <summary>Trimmed; empty for an unknown patient.</summary>
    public string PatientId { get; set; } = "";

    public string Issuer { get; set; } = "";

    /// <summary>For a patient without Patient ID the study that it belongs to, empty otherwise: two unknown patients are never one.</summary>
    public string UnknownStudyUid { get; set; } = "";

    /// <summary>As text, the component groups as received.</summary>
    public string Name { get; set; } = "";

    /// <summary><see cref="NameKey.Fold"/> of the name: what is searched.</summary>
    public string NameKey { get; set; } = "";

    /// <summary>YYYYMMDD, or empty.</summary>
    public string BirthDate { get; set; } = "";

    public string Sex { get; set; } = "";

    /// <summary>Compact UTF-8 data set of <see cref="LevelAttributes.Patient"/>.</summary>
    public byte[] Attributes { get; set; } = [];

    public int StudyCount { get; set; }
    public int SeriesCount { get; set; }
    public int InstanceCount { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
}
