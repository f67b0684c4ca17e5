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

    /// <summary>Storage SOP classes beyond those of the standard. What negotiates them before has no need of it.</summary>
    public SopClassScope StorageSopClasses { get; init; } = SopClassScope.Any;

    /// <summary>Null for all that <see cref="StorageSopClasses"/> leaves.</summary>
    public IReadOnlyList<string>? SopClasses { get; init; }

    /// <summary>Null for all.</summary>
    public IReadOnlyList<string>? TransferSyntaxes { get; init; }

    /// <summary>Rules for what is not negotiated first, as HTTP: also those that say what is taken at all.</summary>
    public static IngestRules OfUnnegotiated(AssociationRules rules) => Of(rules) with
    {
        StorageSopClasses = rules.StorageSopClasses ?? SopClassScope.Any,
        SopClasses = rules.SopClasses,
        TransferSyntaxes = rules.TransferSyntaxes,
    };

    public static IngestRules Of(AssociationRules rules) => new()
    {
        Duplicates = rules.Duplicates,
        Validation = rules.Validation ?? ValidationLevel.Minimal,
        ValidationAction = rules.ValidationAction ?? ValidationAction.Refuse,
        NormalizeToExplicitVrLittleEndian = rules.NormalizeToExplicitVrLittleEndian ?? false,
        UseUnknownVr = rules.UseUnknownVr ?? true,
    };
}
