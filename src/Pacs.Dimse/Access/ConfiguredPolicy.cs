using Pacs.Dicom.Net;
using Pacs.Dimse.Store;
using Pacs.Storage.Access;
using Pacs.Storage.Hosting;

namespace Pacs.Dimse.Access;

/// <summary>Everyone may associate, under the rules of the configuration.</summary>
internal sealed class ConfiguredPolicy(PacsOptions options) : IAssociationPolicy
{
    private readonly AssociationDecision _decision = AssociationDecision.Accept with
    {
        Profile = options.Dimse.Rules,
        Narrow = (service, offer) => service.Name == nameof(DimseServiceKind.Storage) ? StorageNegotiation.Narrow(offer, options.Dimse.Rules) : offer,
    };

    public AssociationDecision Decide(AssociationRequest request) => _decision;
}
