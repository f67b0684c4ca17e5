using Pacs.Dicom.Datasets;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.TestKit.Samples;

/// <summary>What a sample object is to be like. What is not said follows from the seed: equal options make equal bytes.</summary>
public sealed record SampleOptions
{
    /// <summary>Decides UIDs, Patient ID and pixels. Tests that share an archive choose different ones.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>A seed that no other test has.</summary>
    public static SampleOptions Fresh() => new() { Seed = Random.Shared.Next() };

    public TransferSyntax? TransferSyntax { get; init; }

    /// <summary>Values of (0008,0005); empty for none.</summary>
    public IReadOnlyList<string> CharacterSet { get; init; } = ["ISO_IR 100"];

    public string? PatientId { get; init; }
    public string? IssuerOfPatientId { get; init; }
    public string PatientName { get; init; } = "Doe^Jane";
    public string PatientBirthDate { get; init; } = "19700131";
    public string PatientSex { get; init; } = "F";
    public string StudyDate { get; init; } = "20260115";
    public string StudyTime { get; init; } = "101500";
    public string StudyDescription { get; init; } = "Head";
    public string? AccessionNumber { get; init; }
    public string? Modality { get; init; }

    public string? StudyInstanceUid { get; init; }
    public string? SeriesInstanceUid { get; init; }
    public string? SopInstanceUid { get; init; }
    public string? SopClassUid { get; init; }

    /// <summary>Within the study; other numbers make other Series Instance UIDs.</summary>
    public int SeriesNumber { get; init; } = 1;

    /// <summary>Within the series; other numbers make other SOP Instance UIDs.</summary>
    public int InstanceNumber { get; init; } = 1;

    public int? Rows { get; init; }
    public int? Columns { get; init; }
    public int? Frames { get; init; }

    /// <summary>Of each frame of encapsulated pixel data.</summary>
    public int FragmentsPerFrame { get; init; } = 1;

    /// <summary>Encapsulated pixel data begins with a filled Basic Offset Table.</summary>
    public bool HasOffsetTable { get; init; }

    /// <summary>Last touch before the object is done.</summary>
    public Action<DicomDataset>? Customize { get; init; }
}
