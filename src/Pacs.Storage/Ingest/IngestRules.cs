using Pacs.Storage.Access;
using Pacs.Storage.Hosting;

namespace Pacs.Storage.Ingest;

/// <summary>How an object is treated on its way in.</summary>
public sealed record IngestRules
{
    public static IngestRules Default { get; } = new();

    /// <summary>Null for <c>Pacs:Storage:Duplicates</c>.</summary>
    public DuplicatePolicy? Duplicates { get; init; }

    public ValidationLevel Validation { get; init; } = ValidationLevel.Minimal;
    public ValidationAction ValidationAction { get; init; } = ValidationAction.Refuse;

    /// <summary>Native objects are stored in Explicit VR Little Endian.</summary>
    public bool NormalizeToExplicitVrLittleEndian { get; init; }

    /// <summary>What then is of a VR that is not known is UN; false for OB.</summary>
    public bool UseUnknownVr { get; init; } = true;

    public static IngestRules Of(AssociationRules rules) => new()
    {
        Duplicates = rules.Duplicates,
        Validation = rules.Validation ?? ValidationLevel.Minimal,
        ValidationAction = rules.ValidationAction ?? ValidationAction.Refuse,
        NormalizeToExplicitVrLittleEndian = rules.NormalizeToExplicitVrLittleEndian ?? false,
        UseUnknownVr = rules.UseUnknownVr ?? true,
    };
}
