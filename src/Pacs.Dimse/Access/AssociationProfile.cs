using Pacs.Dicom.Net;
using Pacs.Storage.Access;

namespace Pacs.Dimse.Access;

/// <summary>The rules that an association was accepted under.</summary>
internal static class AssociationProfile
{
    private static readonly AssociationRules None = new();

    public static AssociationRules Rules(this AssociationInfo association) => association.Profile as AssociationRules ?? None;
}
