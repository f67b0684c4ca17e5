using Pacs.Dicom.Net;
using Pacs.Storage.Peers;
using Pacs.Storage.Queries;

namespace Pacs.Storage.Remote;

/// <summary>In which information model a peer is asked.</summary>
internal static class RemoteModels
{
    /// <summary>Those to propose, best first. Patients are a level of Patient Root alone.</summary>
    public static IReadOnlyList<InformationModel> Proposed(RemoteModel wanted, QueryLevel level) => wanted switch
    {
        _ when level == QueryLevel.Patient => [InformationModel.PatientRoot],
        RemoteModel.PatientRoot => [InformationModel.PatientRoot],
        RemoteModel.StudyRoot => [InformationModel.StudyRoot],
        _ => [InformationModel.StudyRoot, InformationModel.PatientRoot],
    };

    /// <summary>The best that the peer accepted for a service; null for none.</summary>
    public static InformationModel? Accepted(ClientAssociation association, RemoteModel wanted, QueryLevel level, Func<InformationModel, string> service) =>
        Proposed(wanted, level).FirstOrDefault(m => association.FindContexts(service(m)).Count > 0);
}
