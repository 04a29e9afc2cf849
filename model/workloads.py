"""Who logs in by federation, and what its tokens say: one class for each kind of workload, whose sentence has where that comes from.

Issuer and subject are compared as they stand. (api-facts: 1.3, 4.2)
"""

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal, NamedTuple, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, WithJsonSchema, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from model import hints, identity_provider, vocabulary
from model.fields import Said, Text

Login = Literal["github-oidc", "azure-devops-oidc", "env-oidc", "file-oidc"]
"""A login of Databricks' unified authentication, which its SDKs, its CLI and its Terraform provider share. (api-facts: 1.3)"""

Repository = Annotated[str, AfterValidator(identity_provider.repository), hints.string(f"^{identity_provider.REPOSITORY}$")]
Project = Annotated[str, AfterValidator(identity_provider.project), hints.string(f"^{identity_provider.PROJECT}$")]
Ref = Annotated[str, AfterValidator(identity_provider.ref), hints.word(f"^{identity_provider.REF}$")]
Name = Annotated[str, AfterValidator(identity_provider.name), hints.word(f"^{identity_provider.NAME}$")]
Word = Annotated[str, AfterValidator(identity_provider.word), hints.word(f"^{identity_provider.WORD}$")]
Yes = Annotated[Literal[True], BeforeValidator(identity_provider.yes), hints.one_of([True, *identity_provider.YES])]
Guid = Annotated[str, AfterValidator(identity_provider.guid), hints.string(f"^{vocabulary.UUID}$")]
KubernetesName = Annotated[str, AfterValidator(identity_provider.kubernetes_name), hints.word(f"^{identity_provider.KUBERNETES_NAME}$")]
Url = Annotated[str, AfterValidator(identity_provider.url), hints.string(identity_provider.URL)]
KeysUrl = Annotated[str, AfterValidator(identity_provider.keys_url), hints.string(identity_provider.KEYS_URL)]
Keys = Annotated[str, BeforeValidator(identity_provider.keys), WithJsonSchema({"type": ["string", "object"]})]
Audiences = Annotated[tuple[Text, ...], AfterValidator(vocabulary.no_repetition), hints.Listed()]


class Token(NamedTuple):
    """What a workload's tokens say, and how they come to Databricks."""

    issuer: str
    subject: str
    auth_type: Login
    subject_claim: str = "sub"
    jwks_uri: str | None = None
    jwks_json: str | None = None


class Workload(BaseModel):
    """Something that an identity provider gives tokens to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    one_of_these: ClassVar[tuple[str, ...]] = ()
    """The keys of which it says one, since its tokens do."""
    audience: ClassVar[str | None] = None
    """Whom its tokens are for, where they are all for one: else for the account, as Databricks recommends, and takes it by itself."""

    audiences: Audiences = Field(
        default=(), description="Whom the tokens may be for, where that is not the account's id.", examples=[["https://github.com/acme"]]
    )

    @property
    @abstractmethod
    def token(self) -> Token: ...

    @property
    def chosen(self) -> tuple[str, str]:
        """The one of these keys that is said, and its value."""
        [key] = self._said
        return key, str(getattr(self, key))

    @property
    def _said(self) -> list[str]:
        return [key for key in self.one_of_these if getattr(self, key) is not None]

    @model_validator(mode="after")
    def _says_one_of_these(self) -> Self:
        if self.one_of_these and not self._said:
            raise ValueError(f"needs one of {', '.join(self.one_of_these)}, since its tokens name one")
        if len(self._said) > 1:
            raise ValueError(f"has {' and '.join(self._said)}, but its tokens name one of them; write a policy for each, in a list")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        if cls.one_of_these:
            handler.resolve_ref_schema(schema)["oneOf"] = [{"required": [key]} for key in cls.one_of_these]
        return schema


class GitHub(Workload):
    """A workflow of GitHub Actions. Environments are what Databricks recommends: their name alone is in the subject, on every branch.

    (docs.github.com/en/actions/reference/openid-connect-reference; docs.databricks.com/aws/en/dev-tools/auth/provider-github)
    """

    one_of_these: ClassVar[tuple[str, ...]] = ("environment", "branch", "tag", "pull_request")

    repository: Repository = Field(
        description="`OWNER/REPO`, spelled as GitHub does. One made or renamed since July 2026 has ids in its subject: "
        "`OWNER@ID/REPO@ID`, which `gh api repos/OWNER/REPO/actions/oidc/customization/sub` shows.",
        examples=["acme/surveys", "acme@123456/surveys@456789"],
    )
    environment: Annotated[Name | None, Said] = Field(default=None, description="Jobs of this environment.", examples=["prod"])
    branch: Annotated[Ref | None, Said] = Field(default=None, description="Jobs on this branch, without an environment.", examples=["main"])
    tag: Annotated[Ref | None, Said] = Field(default=None, description="Jobs on this tag, without an environment.", examples=["v1"])
    pull_request: Annotated[Yes | None, Said] = Field(
        default=None, description="Jobs of any pull request, without an environment.", examples=[True]
    )

    @property
    def token(self) -> Token:
        match self.chosen:
            case "environment", name:
                # A colon inside of a name would look like the end of it.
                what = f"environment:{name.replace(':', '%3A')}"
            case "branch", name:
                what = f"ref:refs/heads/{name}"
            case "tag", name:
                what = f"ref:refs/tags/{name}"
            case _:
                what = "pull_request"
        return Token("https://token.actions.githubusercontent.com", f"repo:{self.repository}:{what}", "github-oidc")


class GitLab(Workload):
    """A job of GitLab CI/CD, whose `id_tokens:` asks for the audience and puts the token into DATABRICKS_OIDC_TOKEN.

    The issuer is the instance (docs.gitlab.com/ci/secrets/id_token_authentication), whatever group the example of
    docs.databricks.com/aws/en/dev-tools/auth/provider-gitlab has in it.
    """

    one_of_these: ClassVar[tuple[str, ...]] = ("branch", "tag")

    project: Project = Field(description="The project with all groups that it is in.", examples=["acme/data/surveys"])
    branch: Annotated[Ref | None, Said] = Field(default=None, description="Jobs on this branch.", examples=["main"])
    tag: Annotated[Ref | None, Said] = Field(default=None, description="Jobs on this tag.", examples=["v1"])
    host: Url = Field(default="https://gitlab.com", description="The GitLab instance.", examples=["https://gitlab.acme.example"])

    @property
    def token(self) -> Token:
        type_, ref = self.chosen
        return Token(self.host.rstrip("/"), f"project_path:{self.project}:ref_type:{type_}:ref:{ref}", "env-oidc")


class AzureDevOps(Workload):
    """A pipeline of Azure DevOps, or what uses a service connection of it.

    (docs.databricks.com/aws/en/dev-tools/auth/provider-azure-devops; microsoft/azure-pipelines-tasks, docs/service-connections/azure-oidc.
    Databricks' own login there asks for a pipeline's token, never for a connection's: databricks-sdk-go#1391)
    """

    one_of_these: ClassVar[tuple[str, ...]] = ("pipeline", "service_connection")

    audience: ClassVar[str | None] = "api://AzureADTokenExchange"

    organization: Word = Field(description="The organization's name.", examples=["acme"])
    organization_id: Guid = Field(
        description="Its id, which a pipeline knows as `System.CollectionId`.", examples=["7f1078d6-b20d-4a20-9d88-05a2f0d645a3"]
    )
    project: Name = Field(description="The project's name.", examples=["surveys"])
    pipeline: Annotated[Name | None, Said] = Field(default=None, description="Runs of this pipeline.", examples=["nightly load"])
    service_connection: Annotated[Name | None, Said] = Field(
        default=None,
        description="What uses this service connection. One whose issuer is Microsoft Entra is written as `oidc`, with what it shows.",
        examples=["databricks"],
    )

    @model_validator(mode="after")
    def _is_for_the_one_audience(self) -> Self:
        if self.audiences and self.audience not in self.audiences:
            raise ValueError(f"has audiences without {self.audience}, which is in all tokens of Azure DevOps; leave audiences out")
        return self

    @property
    def token(self) -> Token:
        what, name = self.chosen
        is_pipeline = what == "pipeline"
        return Token(
            f"https://vstoken.dev.azure.com/{self.organization_id}",
            f"{'p' if is_pipeline else 'sc'}://{self.organization}/{self.project}/{name}",
            "azure-devops-oidc" if is_pipeline else "env-oidc",
        )


class _OfAnyIssuer(Workload):
    """Databricks finds an issuer's keys by itself, and recommends that. (api-facts: 1.3)"""

    jwks_uri: Annotated[KeysUrl | None, Said] = Field(
        default=None,
        description="Where the issuer's keys are, if not where it says itself.",
        examples=["https://idp.acme.example/keys"],
    )
    jwks_json: Annotated[Keys | None, Said] = Field(
        default=None,
        description="The issuer's public keys, where Databricks cannot reach it: a JSON Web Key Set.",
        examples=[{"keys": [{"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"}]}],
    )

    @model_validator(mode="after")
    def _has_its_keys_once(self) -> Self:
        if self.jwks_uri and self.jwks_json:
            raise ValueError("has jwks_uri and jwks_json, but the issuer's keys are in one place; leave one of them out")
        return self


class Kubernetes(_OfAnyIssuer):
    """A pod of a cluster, which finds the token of its service account in a file.

    (kubernetes.io/docs/tasks/configure-pod-container/configure-service-account, "ServiceAccount token volume projection")
    """

    issuer: Url = Field(
        description="The cluster's issuer, as `kubectl get --raw /.well-known/openid-configuration` shows it.",
        examples=["https://oidc.eks.eu-central-1.amazonaws.com/id/ABCD"],
    )
    namespace: KubernetesName = Field(description="The namespace of the service account.", examples=["surveys"])
    service_account: KubernetesName = Field(description="The service account that the pods run as.", examples=["loader"])

    @property
    def token(self) -> Token:
        subject = f"system:serviceaccount:{self.namespace}:{self.service_account}"
        return Token(self.issuer, subject, "file-oidc", jwks_uri=self.jwks_uri, jwks_json=self.jwks_json)


class Oidc(_OfAnyIssuer):
    """Whatever else gives tokens by OpenID Connect. (docs.databricks.com/aws/en/dev-tools/auth/oauth-federation-policy)"""

    issuer: Url = Field(description="What its tokens have as `iss`, to the letter.", examples=["https://idp.acme.example/oidc"])
    subject: Name = Field(description="What the workload's tokens have as their subject, to the letter.", examples=["survey-loader"])
    subject_claim: Word = Field(default="sub", description="The claim that has the subject.", examples=["azp"])

    @property
    def token(self) -> Token:
        return Token(self.issuer, self.subject, "env-oidc", self.subject_claim, self.jwks_uri, self.jwks_json)


WORKLOADS: dict[str, type[Workload]] = {
    "github": GitHub,
    "gitlab": GitLab,
    "azure_devops": AzureDevOps,
    "kubernetes": Kubernetes,
    "oidc": Oidc,
}
