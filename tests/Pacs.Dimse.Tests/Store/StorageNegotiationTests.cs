using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.Net;
using Pacs.Dicom.UpperLayer;
using Pacs.Dimse.Store;
using Pacs.Storage.Access;
using Pacs.TestKit.Samples;
using Xunit.Abstractions;

namespace Pacs.Dimse.Tests.Store;

public sealed class StorageNegotiationTests(ITestOutputHelper output)
{
    private const string PrivateClass = "1.3.12.2.1107.5.9.1";
    private const string NewerClass = "1.2.840.10008.5.1.4.1.1.999";

    [Theory]
    [InlineData(null, Uids.CTImageStorage, true)]
    [InlineData(null, PrivateClass, false)]
    [InlineData(null, NewerClass, false)]
    [InlineData(SopClassScope.Private, Uids.CTImageStorage, true)]
    [InlineData(SopClassScope.Private, PrivateClass, true)]
    [InlineData(SopClassScope.Private, NewerClass, false)]
    [InlineData(SopClassScope.Any, PrivateClass, true)]
    [InlineData(SopClassScope.Any, NewerClass, true)]
    public void Narrow_Scope_DecidesWhichClassesAreStored(SopClassScope? scope, string sopClass, bool isStored) =>
        Assert.Equal(isStored, StorageNegotiation.Narrow(StorageNegotiation.Offer(sopClass), new AssociationRules { StorageSopClasses = scope }) is not null);

    [Theory]
    [InlineData(Uids.Verification)]
    [InlineData(Uids.ModalityWorklistInformationModelFind)]
    [InlineData(Uids.StorageCommitmentPushModel)]
    [InlineData(Uids.BasicGrayscalePrintManagementMeta)]
    [InlineData(Uids.UnifiedProcedureStepPush)]
    [InlineData("1.2.840.10008.4.2")]
    public void MayBeStorage_WhatTheStandardKnowsAsSomethingElse_IsNot(string uid) => Assert.False(StorageNegotiation.MayBeStorage(uid, null));

    [Theory]
    [InlineData("1.2.840.10008.4.2", true)]
    [InlineData("1.2.840.10008.5.1.4.34.1", false)]
    public void MayBeStorage_CommonExtendedNegotiation_IsBelieved(string serviceClass, bool isStorage) =>
        Assert.Equal(isStorage, StorageNegotiation.MayBeStorage(PrivateClass, new SopClassCommonExtendedNegotiation(PrivateClass, serviceClass, [Uids.CTImageStorage])));

    [Fact]
    public async Task Store_PrivateClasses_AreRefusedUnlessAllowed()
    {
        await using var strict = await DimseFixture.StartAsync();
        Assert.Empty(Accepted(strict, new ProposedContext(PrivateClass, Uids.ExplicitVRLittleEndian)));

        await using var server = await DimseFixture.StartAsync(("Pacs:Dimse:Rules:StorageSopClasses", "Private"));
        server.Store(SampleObjects.Ct(SampleOptions.Fresh() with { SopClassUid = PrivateClass }));
        Assert.Empty(Accepted(server, new ProposedContext(NewerClass, Uids.ExplicitVRLittleEndian), new ProposedContext(Uids.BasicFilmSession, Uids.ExplicitVRLittleEndian)));
    }

    [Fact]
    public async Task Store_AnyClassAllowed_TakesTheCorpusFilesOfPrivateClasses()
    {
        await using var server = await DimseFixture.StartAsync(("Pacs:Dimse:Rules:StorageSopClasses", "Any"));
        server.Store(SampleObjects.Ct(SampleOptions.Fresh() with { SopClassUid = NewerClass }));
        foreach (var file in Corpus.Files(output.WriteLine).Where(f => f.SopClassUid.Length > 0 && f.IsReadByDcmdump && !SopClassRegistry.IsStorage(f.SopClassUid) && !SopClassRegistry.IsOther(f.SopClassUid)))
        {
            var (meta, dataset, offset) = DicomFile.Open(file.FullPath);
            if (!dataset.Contains(Tags.SOPClassUID) || !dataset.Contains(Tags.StudyInstanceUID)) continue;
            using var association = server.Connect(new ProposedContext(file.SopClassUid, file.TransferSyntaxUid));
            using var stream = File.OpenRead(file.FullPath);
            stream.Position = offset;
            var response = association.Store(new StoreOperation(association.Info.Contexts[0], meta.MediaStorageSopClassUid, dataset.GetString(Tags.SOPInstanceUID)!, stream));
            Assert.True(response.Status.IsSuccess, $"{file.Path}: {response.Status} {response.ErrorComment}");
            output.WriteLine($"{file.Path}: {response.Status}");
        }
    }

    [Theory]
    [InlineData("", "", Uids.JPEG2000Lossless)]
    [InlineData("Acceptor", "", Uids.ExplicitVRLittleEndian)]
    [InlineData("Acceptor", Uids.ImplicitVRLittleEndian + "," + Uids.JPEG2000Lossless, Uids.ImplicitVRLittleEndian)]
    [InlineData("Proposer", Uids.ExplicitVRLittleEndian + "," + Uids.ImplicitVRLittleEndian, Uids.ImplicitVRLittleEndian)]
    [InlineData("Proposer", Uids.ImplicitVRLittleEndian, Uids.ImplicitVRLittleEndian)]
    [InlineData("Proposer", Uids.RLELossless, null)]
    public async Task Store_TransferSyntaxes_AreChosenAsConfigured(string order, string list, string? chosen)
    {
        List<(string, string)> settings = [];
        if (order.Length > 0) settings.Add(("Pacs:Dimse:Rules:TransferSyntaxOrder", order));
        settings.AddRange(list.Split(',', StringSplitOptions.RemoveEmptyEntries).Select((uid, i) => ($"Pacs:Dimse:Rules:TransferSyntaxes:{i}", uid)));
        await using var server = await DimseFixture.StartAsync(settings);
        var accepted = Accepted(server, new ProposedContext(Uids.CTImageStorage, Uids.JPEG2000Lossless, Uids.ImplicitVRLittleEndian, Uids.ExplicitVRLittleEndian));
        Assert.Equal(chosen, accepted.SingleOrDefault()?.TransferSyntax.Uid);
    }

    [Theory]
    [InlineData(false, "020003000000")]
    [InlineData(true, "020000000000")]
    public async Task Negotiate_Storage_TellsHowObjectsAreKept(bool isNormalized, string answered)
    {
        await using var server = await DimseFixture.StartAsync(("Pacs:Dimse:Rules:NormalizeToExplicitVrLittleEndian", isNormalized.ToString()));
        using var association = ClientAssociation.Connect(new ClientAssociationOptions
        {
            Host = server.Address.Host,
            Port = server.Address.Port,
            CalledAeTitle = DimseFixture.AeTitle,
            CallingAeTitle = "TESTER",
            Contexts = [new ProposedContext(Uids.CTImageStorage, Uids.ExplicitVRLittleEndian), new ProposedContext(Uids.MRImageStorage, Uids.ExplicitVRLittleEndian)],
            ExtendedNegotiations = [new SopClassExtendedNegotiation(Uids.CTImageStorage, Convert.FromHexString("030000000200"))],
        });
        var answer = Assert.Single(association.Info.Peer.ExtendedNegotiations);
        Assert.Equal((Uids.CTImageStorage, answered), (answer.SopClassUid, Convert.ToHexString(answer.ApplicationInformation.Span)));
    }

    private static IReadOnlyList<PresentationContext> Accepted(DimseFixture server, params IReadOnlyList<ProposedContext> contexts)
    {
        using var association = server.Connect(contexts);
        return association.Info.Contexts;
    }
}
