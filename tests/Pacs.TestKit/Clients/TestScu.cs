using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.TestKit.Clients;

/// <summary>Our own DIMSE client, one association a call. Off the caller's thread, which it would block.</summary>
public sealed class TestScu(DicomAddress server)
{
    public const string AeTitle = "TESTSCU";

    /// <summary>C-STORE. Null when the server accepts no context for the class and transfer syntax.</summary>
    public Task<CommandSet?> StoreAsync(string sopClassUid, string sopInstanceUid, string transferSyntaxUid, byte[] dataset) => Task.Run(() =>
    {
        using var association = Connect([new(sopClassUid, transferSyntaxUid)]);
        if (association.FindContexts(sopClassUid) is not [var context, ..]) return null;
        var response = association.Store(new StoreOperation(context, sopClassUid, sopInstanceUid, new MemoryStream(dataset)));
        association.Release();
        return response;
    });

    /// <inheritdoc cref="StoreAsync(string, string, string, byte[])"/>
    public Task<CommandSet?> StoreAsync(SampleObject sample) =>
        StoreAsync(sample.SopClassUid, sample.SopInstanceUid, sample.TransferSyntax.Uid, sample.ToDatasetBytes());

    /// <summary>C-FIND in the Study Root model: every response, the final one last.</summary>
    public Task<IReadOnlyList<DimseResponse>> FindAsync(DicomDataset identifier, string model = Uids.StudyRootQueryRetrieveInformationModelFind) =>
        Task.Run<IReadOnlyList<DimseResponse>>(() =>
        {
            using var association = Connect([new(model, Uids.ExplicitVRLittleEndian)]);
            IReadOnlyList<DimseResponse> responses = [.. association.Find(model, identifier)];
            association.Release();
            return responses;
        });

    /// <summary>C-GET in the Study Root model of objects of the classes, each in the transfer syntaxes given.</summary>
    public Task<(DimseResponse Final, IReadOnlyList<ReceivedObject> Objects)> GetAsync(DicomDataset identifier, params IReadOnlyList<(string SopClassUid, string TransferSyntaxUid)> contexts) =>
        Task.Run(() =>
        {
            var model = Uids.StudyRootQueryRetrieveInformationModelGet;
            using var association = Connect(
                [new(model, Uids.ExplicitVRLittleEndian), .. contexts.Select(c => new ProposedContext(c.SopClassUid, c.TransferSyntaxUid) { AsScp = true })]);
            var store = new CollectingStore([.. contexts.DistinctBy(c => c.SopClassUid).Select(c => new ServiceContext(c.SopClassUid, [c.TransferSyntaxUid]))]);
            var responses = association.Get(model, identifier, store).ToList();
            association.Release();
            return (responses[^1], store.Objects);
        });

    public ClientAssociation Connect(IReadOnlyList<ProposedContext> contexts) => ClientAssociation.Connect(new ClientAssociationOptions
    {
        Host = server.Host,
        Port = server.Port,
        CalledAeTitle = server.AeTitle,
        CallingAeTitle = AeTitle,
        Contexts = contexts,
    });
}
