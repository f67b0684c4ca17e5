using System.Collections.Frozen;
using Pacs.Dicom.Net;
using Pacs.Dimse.Store;
using Pacs.Storage.Access;

namespace Pacs.Dimse.Access;

/// <summary>What rules leave of what the services offer.</summary>
internal sealed class OfferFilter(AssociationRules rules)
{
    private readonly FrozenSet<string>? _sopClasses = rules.SopClasses?.ToFrozenSet();

    /// <summary>The offer, or something narrower; null for nothing. A requestor that may not take a role at all is told so by the negotiation.</summary>
    public ServiceContext? Narrow(IDimseService service, ServiceContext offer)
    {
        if (_sopClasses?.Contains(offer.AbstractSyntax) == false) return null;
        var mayBeScu = rules.MayBeScu ?? true;
        var mayBeScp = rules.MayBeScp ?? true;
        if (Enum.TryParse<DimseServiceKind>(service.Name, out var kind))
        {
            // The objects of a C-GET come in contexts of storage: whoever may fetch takes them there, and sends none.
            if (kind == DimseServiceKind.Storage && !MayUse(kind) && MayUse(DimseServiceKind.Get)) mayBeScu = false;
            else if (!MayUse(kind)) return null;
        }
        if (service.Name == nameof(DimseServiceKind.Storage))
        {
            if (StorageNegotiation.Narrow(offer, rules) is not { } narrower) return null;
            offer = narrower;
        }
        return offer with { RequestorMayBeScu = offer.RequestorMayBeScu && mayBeScu, RequestorMayBeScp = offer.RequestorMayBeScp && mayBeScp };
    }

    private bool MayUse(DimseServiceKind kind) => rules.Services?.Contains(kind) ?? true;
}
