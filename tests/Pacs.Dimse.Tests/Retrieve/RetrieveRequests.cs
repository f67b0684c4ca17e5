using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.UpperLayer;

namespace Pacs.Dimse.Tests.Retrieve;

/// <summary>C-MOVE requests to the server under test.</summary>
internal static class RetrieveRequests
{
    public const string StudyRootMove = Uids.StudyRootQueryRetrieveInformationModelMove;

    public static DicomDataset Identifier(string level, params IReadOnlyList<(Tag Tag, string Value)> keys)
    {
        var identifier = new DicomDataset().Set(Tags.QueryRetrieveLevel, Vr.CS, level);
        foreach (var (tag, value) in keys) identifier.Set(tag, value);
        return identifier;
    }

    public static DicomDataset Study(string studyInstanceUid) => Identifier("STUDY", (Tags.StudyInstanceUID, studyInstanceUid));

    /// <summary>The final response, in the given model and transfer syntax.</summary>
    public static DimseResponse Move(
        this DimseFixture server, string destination, DicomDataset identifier, string model = StudyRootMove, string transferSyntax = Uids.ExplicitVRLittleEndian, bool isRelational = false)
    {
        using var association = ClientAssociation.Connect(new ClientAssociationOptions
        {
            Host = server.Address.Host,
            Port = server.Address.Port,
            CalledAeTitle = DimseFixture.AeTitle,
            CallingAeTitle = "TESTER",
            Contexts = [new ProposedContext(model, transferSyntax)],
            ExtendedNegotiations = isRelational ? [new SopClassExtendedNegotiation(model, new byte[] { 1 })] : [],
        });
        return association.Move(model, destination, identifier).Last();
    }

    /// <summary>Remaining, completed, failed, with warnings.</summary>
    public static (int? Remaining, int? Completed, int? Failed, int? Warning) Counts(this DimseResponse response) =>
        (response.Command.RemainingSuboperations, response.Command.CompletedSuboperations, response.Command.FailedSuboperations, response.Command.WarningSuboperations);

    public static IReadOnlyList<string> FailedUids(this DimseResponse response) => response.Dataset?.GetStrings(Tags.FailedSOPInstanceUIDList) ?? [];
}
