namespace Pacs.Dicom.UpperLayer;

/// <summary>A-ASSOCIATE-RQ and -AC: byte tables at <see cref="AAssociateRq"/> and <see cref="AAssociateAc"/>. Unknown items are skipped (PS3.8 §9.3.1).</summary>
public static partial class PduReader
{
    private const int AeTitleLength = 16;
    private const int ReservedLength = 32;

    private static AAssociateRq ReadAssociateRq(ItemReader reader)
    {
        var (version, called, calling) = ReadAssociateHead(ref reader);
        var (name, contexts, user) = ("", new List<PresentationContextProposal>(), new UserInformation());
        while (!reader.IsEmpty)
        {
            var item = reader.Item(out var type, out _);
            switch (type)
            {
                case ItemType.ApplicationContext: name = item.RestAsText(); break;
                case ItemType.PresentationContextProposal: contexts.Add(ReadProposal(item)); break;
                case ItemType.UserInformation: user = ReadUserInformation(item); break;
            }
        }
        if (contexts.GroupBy(c => c.Id).Any(g => g.Count() > 1 || g.Key % 2 == 0))
            throw new PduException("Presentation context identifiers are odd and used once.", AbortReason.InvalidPduParameterValue);
        return new AAssociateRq
        {
            ProtocolVersion = version,
            CalledAeTitle = called,
            CallingAeTitle = calling,
            ApplicationContextName = name,
            PresentationContexts = contexts,
            UserInformation = user,
        };
    }

    private static AAssociateAc ReadAssociateAc(ItemReader reader)
    {
        var (version, called, calling) = ReadAssociateHead(ref reader);
        var (name, contexts, user) = ("", new List<PresentationContextResult>(), new UserInformation());
        while (!reader.IsEmpty)
        {
            var item = reader.Item(out var type, out _);
            switch (type)
            {
                case ItemType.ApplicationContext: name = item.RestAsText(); break;
                case ItemType.PresentationContextResult: contexts.Add(ReadResult(item)); break;
                case ItemType.UserInformation: user = ReadUserInformation(item); break;
            }
        }
        return new AAssociateAc
        {
            ProtocolVersion = version,
            CalledAeTitle = called,
            CallingAeTitle = calling,
            ApplicationContextName = name,
            PresentationContexts = contexts,
            UserInformation = user,
        };
    }

    private static (ushort Version, string Called, string Calling) ReadAssociateHead(ref ItemReader reader)
    {
        var version = reader.UInt16();
        reader.Skip(2);
        var called = reader.Text(AeTitleLength);
        var calling = reader.Text(AeTitleLength);
        reader.Skip(ReservedLength);
        return (version, called, calling);
    }

    private static PresentationContextProposal ReadProposal(ItemReader reader)
    {
        var id = reader.Byte();
        reader.Skip(3);
        string? abstractSyntax = null;
        var transferSyntaxes = new List<string>();
        while (!reader.IsEmpty)
        {
            var item = reader.Item(out var type, out _);
            switch (type)
            {
                case ItemType.AbstractSyntax: abstractSyntax = item.RestAsText(); break;
                case ItemType.TransferSyntax: transferSyntaxes.Add(item.RestAsText()); break;
            }
        }
        return abstractSyntax is not null
            ? new PresentationContextProposal(id, abstractSyntax, transferSyntaxes)
            : throw new PduException($"Presentation context {id} has no abstract syntax.", AbortReason.InvalidPduParameterValue);
    }

    private static PresentationContextResult ReadResult(ItemReader reader)
    {
        var id = reader.Byte();
        reader.Skip(1);
        var reason = (PresentationContextReason)reader.Byte();
        reader.Skip(1);
        var transferSyntax = "";
        while (!reader.IsEmpty)
        {
            var item = reader.Item(out var type, out _);
            if (type == ItemType.TransferSyntax) transferSyntax = item.RestAsText();
        }
        return new PresentationContextResult(id, reason, transferSyntax);
    }
}
