using System.Text.Json.Serialization;
using Pacs.Dicom.Net;
using Pacs.Storage.Hosting;

namespace Pacs.Storage.Access;

/// <summary>
/// What a peer may do, and how what it sends and asks is treated. Configuration (<c>Pacs:Dimse:Rules</c>), a listener, an
/// access rule and a peer each have some; what one leaves out (null) the one before decides.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record AssociationRules
{
    /// <summary>Services allowed. Default all.</summary>
    public IReadOnlyList<DimseServiceKind>? Services { get; init; }

    /// <summary>SOP classes allowed, of any service. Default all.</summary>
    public IReadOnlyList<string>? SopClasses { get; init; }

    /// <summary>Storage SOP classes beyond the standard's. Default <see cref="SopClassScope.Standard"/>.</summary>
    public SopClassScope? StorageSopClasses { get; init; }

    /// <summary>It may send requests. Default true.</summary>
    public bool? MayBeScu { get; init; }

    /// <summary>It may ask to be sent requests on its own association, as for C-GET. Default true.</summary>
    public bool? MayBeScp { get; init; }

    /// <summary>Transfer syntaxes of storage that are accepted, best first. Default all.</summary>
    public IReadOnlyList<string>? TransferSyntaxes { get; init; }

    /// <summary>Whose order decides between transfer syntaxes of storage. Default <see cref="TransferSyntaxOrder.Proposer"/>.</summary>
    public TransferSyntaxOrder? TransferSyntaxOrder { get; init; }

    /// <summary>Associations at a time of one calling AE title; more are rejected (2/3/2). Default no limit of its own.</summary>
    public int? MaxAssociations { get; init; }

    /// <summary>Another data set of a SOP Instance UID that is stored already. Default <c>Pacs:Storage:Duplicates</c>.</summary>
    public DuplicatePolicy? Duplicates { get; init; }

    /// <summary>Default <see cref="ValidationLevel.Minimal"/>.</summary>
    public ValidationLevel? Validation { get; init; }

    /// <summary>Default <see cref="ValidationAction.Refuse"/>.</summary>
    public ValidationAction? ValidationAction { get; init; }

    /// <summary>Native objects are stored in Explicit VR Little Endian instead of byte for byte. Default false.</summary>
    public bool? NormalizeToExplicitVrLittleEndian { get; init; }

    /// <summary>What is normalised and of a VR that is not known, is UN; false for OB. Default true.</summary>
    public bool? UseUnknownVr { get; init; }

    /// <summary>Queries and retrievals may leave out the unique keys of higher levels, even if not negotiated. Default false.</summary>
    public bool? Relational { get; init; }

    /// <summary>Person names match by likeness, even if not negotiated. Default false.</summary>
    public bool? FuzzyMatching { get; init; }

    /// <summary>Date and time keys of one event are one range, even if not negotiated. Default false.</summary>
    public bool? CombinedDateTime { get; init; }

    /// <summary>A key of two quotation marks matches empty values, even if not negotiated. Default false.</summary>
    public bool? EmptyValueMatching { get; init; }

    /// <summary>Several values in a key all have to be there, even if not negotiated. Default false.</summary>
    public bool? MultipleValueMatching { get; init; }

    /// <summary>Dates and times of keys are in the requestor's time zone (0008,0201), even if not negotiated. Default false.</summary>
    public bool? TimezoneAdjustment { get; init; }

    /// <summary>C-GET sends objects in contexts for which the requestor forgot to propose the SCP role. Default false.</summary>
    public bool? LenientGet { get; init; }

    /// <summary>These rules, and where they say nothing those below.</summary>
    public AssociationRules Over(AssociationRules below) => new()
    {
        Services = Services ?? below.Services,
        SopClasses = SopClasses ?? below.SopClasses,
        StorageSopClasses = StorageSopClasses ?? below.StorageSopClasses,
        MayBeScu = MayBeScu ?? below.MayBeScu,
        MayBeScp = MayBeScp ?? below.MayBeScp,
        TransferSyntaxes = TransferSyntaxes ?? below.TransferSyntaxes,
        TransferSyntaxOrder = TransferSyntaxOrder ?? below.TransferSyntaxOrder,
        MaxAssociations = MaxAssociations ?? below.MaxAssociations,
        Duplicates = Duplicates ?? below.Duplicates,
        Validation = Validation ?? below.Validation,
        ValidationAction = ValidationAction ?? below.ValidationAction,
        NormalizeToExplicitVrLittleEndian = NormalizeToExplicitVrLittleEndian ?? below.NormalizeToExplicitVrLittleEndian,
        UseUnknownVr = UseUnknownVr ?? below.UseUnknownVr,
        Relational = Relational ?? below.Relational,
        FuzzyMatching = FuzzyMatching ?? below.FuzzyMatching,
        CombinedDateTime = CombinedDateTime ?? below.CombinedDateTime,
        EmptyValueMatching = EmptyValueMatching ?? below.EmptyValueMatching,
        MultipleValueMatching = MultipleValueMatching ?? below.MultipleValueMatching,
        TimezoneAdjustment = TimezoneAdjustment ?? below.TimezoneAdjustment,
        LenientGet = LenientGet ?? below.LenientGet,
    };
}
